import { type EmbedReply, type ModelCall } from '@switchyard/contract';
import type OpenAI from 'openai';
import { badReply } from '../bad-reply.js';
import { isObject } from '../json.js';
import { parseUsage } from '../parse-usage.js';
import { ownOptions, type Translated, warnOfUnused } from '../parameters.js';
import { readVector } from '../read-vector.js';
import { type Dialect } from './quirks.js';

/** A native request as the body of `POST /embeddings`. A list is asked for even for one input. */
export function toEmbeddingRequest(
  { providerModel, request }: ModelCall,
  dialect: Dialect,
): Translated<OpenAI.EmbeddingCreateParams & { input: string[] }> {
  const given = request.input ?? request.prompt ?? [];
  const own = ownOptions(request, dialect.kind, ['model', 'input', 'encoding_format']);
  const body = {
    model: dialect.wireModel(providerModel),
    input: typeof given === 'string' ? [given] : [...given],
    encoding_format: dialect.embeddingEncoding,
    ...own.options,
  };
  return { body, warnings: [...own.warnings, ...warnOfUnused(request, ['input', 'prompt'])] };
}

/**
 * Reads a list of embeddings, in the order of its indexes, each as numbers or as the base64 of float32, whichever came.
 * @throws ProviderError `bad_response` unless there is exactly one vector for each input.
 */
export function readEmbeddings(raw: unknown, inputs: number, warnings: readonly string[]): EmbedReply {
  const data: unknown = isObject(raw) ? raw.data : undefined;
  if (!isObject(raw) || !Array.isArray(data)) throw badReply('no list of embeddings');
  const embeddings = new Map<number, readonly number[]>();
  for (const [position, item] of data.entries()) {
    if (!isObject(item)) throw badReply('an embedding that is none');
    const index = item.index ?? position;
    if (typeof index === 'number') embeddings.set(index, readVector(item.embedding));
  }
  const ordered = Array.from({ length: inputs }, (_, index) => embeddings.get(index));
  if (data.length !== inputs || !ordered.every((vector) => vector !== undefined)) {
    throw badReply(`${data.length} embeddings for ${inputs} inputs, or not one for each`);
  }
  const usage = parseUsage(raw.usage);
  return { embeddings: ordered, ...(usage && { usage }), warnings, raw };
}
