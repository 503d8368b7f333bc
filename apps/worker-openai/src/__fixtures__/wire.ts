import { readFileSync } from 'node:fs';
import { CANARY_KEY, type SentRequest } from '@switchyard/provider-kit/testing';

/** The bytes of https://platform.openai.com/docs/api-reference, with some letters that take more than one of them. */
export function wire(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');
}

export const HEADERS = {
  authorization: `Bearer ${CANARY_KEY}`,
  accept: 'application/json',
  'openai-organization': 'org-abc',
  'openai-project': 'proj_1',
  'user-agent': 'switchyard',
  'x-stainless-os': null,
  'x-stainless-timeout': null,
};

export function chatSent(body: Record<string, unknown>): SentRequest {
  return { method: 'POST', path: '/v1/chat/completions', headers: HEADERS, body };
}

/** What `chat.json` and `chat.sse` say. */
export const chatReply = {
  content: 'Grüß dich! 👋 How can I assist you today?',
  toolCalls: [],
  finishReason: 'stop',
  rawFinishReason: 'stop',
  usage: { promptTokens: 19, completionTokens: 10, totalTokens: 29, cachedPromptTokens: 0, reasoningTokens: 0 },
  warnings: [],
} as const;
