import { isObject, parseJson } from '../json.js';
import { type UsageVariant } from './fixtures.js';

const USAGE: Readonly<Record<UsageVariant, unknown>> = {
  missing: undefined,
  zero: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
  negative: { prompt_tokens: -5, completion_tokens: 7, total_tokens: 2 },
  text: { prompt_tokens: '19', completion_tokens: '10', total_tokens: '29' },
};

/** The same body of the OpenAI dialect, a JSON or a stream of events, with its usage replaced. */
export function withOpenAiUsage(body: string, variant: UsageVariant): string {
  if (!body.startsWith('data:')) return replaceUsage(body, variant);
  return body.replace(/^data: (\{.*\})$/gm, (_line, chunk: string) => `data: ${replaceUsage(chunk, variant)}`);
}

function replaceUsage(text: string, variant: UsageVariant): string {
  const value = parseJson(text);
  return isObject(value) && value.usage != null ? JSON.stringify({ ...value, usage: USAGE[variant] }) : text;
}
