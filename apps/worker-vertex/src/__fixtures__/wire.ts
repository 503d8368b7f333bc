import { readFileSync } from 'node:fs';
import { isObject, parseJson } from '@switchyard/provider-kit';
import { CANARY_KEY, type SentRequest, type UsageVariant } from '@switchyard/provider-kit/testing';

/**
 * The bytes of https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference, with some letters that
 * take more than one of them; streams have Google's line ends.
 */
export function wire(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');
}

export const HEADERS = {
  'x-goog-api-key': CANARY_KEY,
  authorization: null,
  accept: 'application/json',
  'user-agent': 'switchyard',
  'x-goog-api-client': null,
  'x-server-timeout': null,
};

/** A request to a method of a model, which is Google's unless its name says otherwise. */
export function sentTo(modelAndMethod: string, body: Record<string, unknown>): SentRequest {
  return {
    method: 'POST',
    path: `/v1/projects/yard-1/locations/us-central1/publishers/google/models/${modelAndMethod}`,
    headers: HEADERS,
    body,
  };
}

export function user(...parts: readonly unknown[]): unknown {
  return { role: 'user', parts };
}

/** What `chat.json` says. */
export const chatReply = {
  content: 'Grüß dich! 👋 How can I assist you today?',
  toolCalls: [],
  finishReason: 'stop',
  rawFinishReason: 'STOP',
  usage: { promptTokens: 19, completionTokens: 10, totalTokens: 29 },
  warnings: [],
} as const;

const USAGE: Readonly<Record<UsageVariant, unknown>> = {
  missing: undefined,
  zero: { promptTokenCount: 0, candidatesTokenCount: 0, totalTokenCount: 0 },
  negative: { promptTokenCount: -5, candidatesTokenCount: 7, totalTokenCount: 2 },
  text: { promptTokenCount: '19', candidatesTokenCount: '10', totalTokenCount: '29' },
};

/** The same body, a JSON or a stream of events, with its usage replaced. */
export function withUsage(body: string, variant: UsageVariant): string {
  if (!body.startsWith('data:')) return replaceUsage(body, variant);
  return body.replace(/^data: (\{.*\})\r$/gm, (_line, chunk: string) => `data: ${replaceUsage(chunk, variant)}\r`);
}

function replaceUsage(text: string, variant: UsageVariant): string {
  const value = parseJson(text);
  return isObject(value) ? JSON.stringify({ ...value, usageMetadata: USAGE[variant] }) : text;
}
