import { readFileSync } from 'node:fs';
import { CANARY_KEY, type SentRequest, type UsageVariant } from '@switchyard/provider-kit/testing';

/** The bytes of https://docs.ollama.com/api, with some letters that take more than one of them. */
export function wire(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');
}

/** What goes with every request; nothing of the machine or the client does. */
export const HEADERS = {
  authorization: `Bearer ${CANARY_KEY}`,
  accept: 'application/json',
  'user-agent': 'switchyard',
};

export function chatSent(body: Record<string, unknown>): SentRequest {
  return { method: 'POST', path: '/api/chat', headers: HEADERS, body };
}

const COUNTS: Readonly<Record<UsageVariant, readonly [prompt: unknown, answer: unknown]>> = {
  missing: [undefined, undefined],
  zero: [0, 0],
  negative: [-26, 298],
  text: ['26', '298'],
};

/** The same body, a JSON or a stream of lines, with other counts of tokens. */
export function withUsage(body: string, variant: UsageVariant): string {
  const [prompt, answer] = COUNTS[variant];
  return body
    .replace(/"prompt_eval_count": ?\d+,/, prompt === undefined ? '' : `"prompt_eval_count":${JSON.stringify(prompt)},`)
    .replace(/"eval_count": ?\d+,/, answer === undefined ? '' : `"eval_count":${JSON.stringify(answer)},`);
}

/** What `chat.json` says. */
export const chatReply = {
  content: 'Grüß dich! 👋 How are you today?',
  toolCalls: [],
  finishReason: 'stop',
  rawFinishReason: 'stop',
  usage: { promptTokens: 26, completionTokens: 298, totalTokens: 324 },
  warnings: [],
} as const;
