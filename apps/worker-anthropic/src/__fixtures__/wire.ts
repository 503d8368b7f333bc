import { readFileSync } from 'node:fs';
import { CANARY_KEY, type SentRequest } from '@switchyard/provider-kit/testing';

/** The bytes of https://platform.claude.com/docs/en/api, with some letters that take more than one of them. */
export function wire(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');
}

export const HEADERS = {
  'x-api-key': CANARY_KEY,
  authorization: null,
  accept: 'application/json',
  'anthropic-version': '2026-10-21',
  'user-agent': 'switchyard',
  'x-stainless-os': null,
  'x-stainless-timeout': null,
};

/** What is sent where the request says how tokens are to be sampled. */
export const SAMPLING_HEADERS = { ...HEADERS, 'anthropic-version': '2023-06-01' };

export function messagesSent(body: Record<string, unknown>, headers: SentRequest['headers'] = HEADERS): SentRequest {
  return { method: 'POST', path: '/v1/messages', headers: { ...headers }, body };
}

/** What `message.json` says. */
export const messageReply = {
  content: "Grüß dich! 👋 I'm Claude, an AI assistant. How can I help you today?",
  toolCalls: [],
  finishReason: 'stop',
  rawFinishReason: 'end_turn',
  usage: {
    promptTokens: 14_386,
    completionTokens: 503,
    totalTokens: 14_889,
    cachedPromptTokens: 10_240,
    cacheWriteTokens: 2_051,
  },
  warnings: [],
} as const;
