import { isObject, parseJson } from '../json.js';
import { type UsageVariant } from './fixtures.js';

const USAGE: Readonly<Record<UsageVariant, unknown>> = {
  missing: undefined,
  zero: { input_tokens: 0, output_tokens: 0 },
  negative: { input_tokens: -5, output_tokens: 7 },
  text: { input_tokens: '19', output_tokens: '10' },
};

/** The same body of Anthropic's dialect, a message or a stream of events, with its usage replaced wherever it is told. */
export function withAnthropicUsage(body: string, variant: UsageVariant): string {
  if (!body.startsWith('event:')) return replaceUsage(body, variant);
  return body.replace(/^data: (\{.*\})$/gm, (_line, event: string) => `data: ${replaceUsage(event, variant)}`);
}

function replaceUsage(text: string, variant: UsageVariant): string {
  const value = parseJson(text);
  if (!isObject(value)) return text;
  const usage = USAGE[variant];
  if (isObject(value.message)) return JSON.stringify({ ...value, message: { ...value.message, usage } });
  return value.usage == null ? text : JSON.stringify({ ...value, usage });
}
