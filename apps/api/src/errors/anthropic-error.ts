import type { IncomingHttpHeaders } from 'node:http';
import type { ErrorAnswer } from './error-answer.js';

/** An error as Anthropic's clients read it, with our code. */
interface AnthropicError {
  readonly type: 'error';
  readonly error: { readonly type: string; readonly code: string; readonly message: string };
  readonly request_id: string;
}

/** A route that OpenAI and Anthropic name alike, asked by a client of Anthropic's. */
export function isAnthropic({
  url,
  headers,
}: {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}): boolean {
  return headers['anthropic-version'] !== undefined && /^\/v1\/models(?:[/?]|$)/.test(url);
}

/** Writes an error in Anthropic's shape. */
export function anthropicError({ type, code, message, requestId }: ErrorAnswer['body']['error']): AnthropicError {
  return { type: 'error', error: { type, code, message }, request_id: requestId };
}
