import { readFileSync } from 'node:fs';
import { CANARY_KEY, type SentRequest } from '@switchyard/provider-kit/testing';

/**
 * The bytes of https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude and of Google's errors
 * (https://cloud.google.com/apis/design/errors).
 */
export function wire(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');
}

export const HEADERS = {
  authorization: `Bearer ${CANARY_KEY}`,
  accept: 'application/json',
  'x-api-key': null,
  'anthropic-version': null,
  'user-agent': 'switchyard',
  'x-stainless-os': null,
};

export function predictSent(model: string, method: string, body: Record<string, unknown>): SentRequest {
  return {
    method: 'POST',
    path: `/v1/projects/acme-1/locations/europe-west1/publishers/anthropic/models/${model}:${method}`,
    headers: HEADERS,
    body: { anthropic_version: 'vertex-2023-10-16', ...body },
  };
}

/** What `message.json` says. */
export const messageReply = {
  content: 'Grüß dich! 👋 Auf Vertex.',
  toolCalls: [],
  finishReason: 'stop',
  rawFinishReason: 'end_turn',
  usage: { promptTokens: 19, completionTokens: 10, totalTokens: 29, cachedPromptTokens: 0, cacheWriteTokens: 0 },
  warnings: [],
} as const;
