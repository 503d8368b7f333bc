import { readFileSync } from 'node:fs';
import { type GenerateReply, type ProviderErrorCode } from '@switchyard/contract';
import { CANARY_KEY, type ErrorFixture, type SentRequest } from '@switchyard/provider-kit/testing';

/**
 * The bytes of https://learn.microsoft.com/azure/ai-services/openai/reference, with some letters that take more than one
 * of them.
 */
export function wire(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');
}

export function refused(
  file: string,
  code: ProviderErrorCode,
  more: Pick<ErrorFixture, 'message' | 'retryAfterSeconds'> = {},
  headers: Record<string, string> = {},
): ErrorFixture {
  return {
    name: file,
    code,
    answer: { status: Number.parseInt(file, 10), headers, body: wire(`error-${file}.json`) },
    ...more,
  };
}

/** The key goes where Azure takes it, and nowhere else. */
export const HEADERS = { 'api-key': CANARY_KEY, authorization: null, 'x-stainless-lang': null };

export function sentTo(path: string, body: Record<string, unknown>): SentRequest {
  return { method: 'POST', path: `/openai/deployments/${path}?api-version=2024-10-21`, headers: HEADERS, body };
}

/** What `chat.json` says. */
export const chatReply: Omit<GenerateReply, 'raw'> = {
  content: 'Azurblau ist der Himmel über Köln. ☁️',
  toolCalls: [],
  finishReason: 'stop',
  rawFinishReason: 'stop',
  usage: { promptTokens: 21, completionTokens: 14, totalTokens: 35, cachedPromptTokens: 16, reasoningTokens: 0 },
  warnings: [],
};
