import type Anthropic from '@anthropic-ai/sdk';
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import { type JsonOutput } from '@switchyard/contract';
import { hasStructuredOutput } from './generation.js';

/** How a model is held to JSON: by a schema that the vendor enforces, or where it cannot, by a line of the system's. */
export interface JsonDemand {
  readonly format?: Anthropic.JSONOutputFormat;
  readonly instruction?: string;
}

/**
 * The vendor enforces schemas only, and only a part of JSON Schema; its own client says of the rest what it means in the
 * schema's descriptions. Whoever asks checks the answer against the whole schema.
 */
export function toJsonDemand(model: string, { schema }: JsonOutput): JsonDemand {
  if (!schema) return { instruction: 'Answer with one JSON object and nothing else, without Markdown.' };
  const format = hasStructuredOutput(model) ? toFormat(schema) : undefined;
  if (format) return { format };
  return {
    instruction: `Answer with JSON that fits this JSON Schema and with nothing else, without Markdown:\n${JSON.stringify(schema)}`,
  };
}

/** @returns undefined for a schema that leaves open of which type a value is, which the vendor takes no part of. */
function toFormat(schema: NonNullable<JsonOutput['schema']>): Anthropic.JSONOutputFormat | undefined {
  try {
    return { type: 'json_schema', schema: { ...transformJSONSchema(schema) } };
  } catch {
    return undefined;
  }
}
