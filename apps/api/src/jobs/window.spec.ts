import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parsePayload, parsePlan } from '@switchyard/jobs';
import { KEYS } from '../__fixtures__/configuration.js';
import type { Answer } from '../__fixtures__/call-api.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

/** The simulator counts four bytes as a token: 10,000 of them, and seven that frame a turn. */
const WORDS = Array.from({ length: 8_000 }, (_, index) => String(index).padStart(4, '0'));
const PROMPT = `${WORDS.join(' ')} `;

describe('a prompt that is longer than the window of its model', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  const post = (request: object, modelId = 'chat'): Promise<Answer> =>
    api.ask('/v1/jobs', { json: { type: 'generation', request, selection: { modelId } } });

  it('is refused with the numbers and what to do', async () => {
    const { status, body } = await post({ prompt: PROMPT, maxTokens: 50 });
    expect([status, body.error.type, body.error.code, body.error.param]).toEqual([
      422,
      'invalid_request_error',
      'context_length_exceeded',
      'request',
    ]);
    expect(body.error.message).toBe(
      'The prompt is 10007 tokens long and maxTokens is 50, more than the window of chat (8000 tokens). ' +
        'Shorten it, lower maxTokens, let `request.overflow` trim it, or name a model with a larger window.',
    );
  });

  it('is refused by the question what it would cost, too', async () => {
    const job = { type: 'generation', request: { prompt: PROMPT }, selection: { modelId: 'chat' } };
    const { status, body } = await api.ask('/v1/budgets/check', { json: job });
    expect([status, body.error.code]).toEqual([422, 'context_length_exceeded']);
  });

  it.each([
    ['trim_end', '0000 0001', /^[\d ]*$/],
    ['trim_start', '', / 7998 7999 $/],
    ['trim_middle', '0000 0001', / 7998 7999 ?$/],
  ])('is trimmed where it asks for %s', async (overflow, beginning, end) => {
    const { status, body } = await post({ prompt: PROMPT, maxTokens: 50, overflow });
    expect(status).toBe(202);
    const { payload } = await api.worker.claimOne();
    const { request, metadata, submission } = parsePayload(payload);
    expect(request.prompt).toMatch(end);
    expect(request.prompt?.startsWith(beginning)).toBe(true);
    const tokens = Buffer.byteLength(request.prompt ?? '') / 4;
    expect([tokens <= 7_943, tokens > 7_940]).toEqual([true, true]);
    expect(metadata).toEqual({ overflow, trimmedTokens: Math.round(10_000 - tokens) });
    // A retry begins with what was sent.
    expect(submission).toMatchObject({ request: { prompt: PROMPT } });
    // A token at most for each byte that is left, at 30 dollars a million, and 50 of the answer's at 60.
    expect(Number(body.cost.estimated)).toBeLessThanOrEqual((4 * 7_943 + 100) * 30e-6 + 50 * 60e-6);
  });

  it('is not refused where only the model’s own default asks for a longer answer than there is room for', async () => {
    expect((await post({ prompt: 'word '.repeat(6_350) })).status).toBe(202);
    const { targets } = parsePlan((await api.worker.claimOne()).plan);
    // Of the 100 that the model's entry says.
    expect(targets[0]?.params).toEqual({ maxTokens: 55 });
  });

  it('is no matter of a key', async () => {
    const { body } = await api.ask('/v1/jobs', {
      key: KEYS.admin,
      json: { type: 'embedding', request: { input: ['short', PROMPT] }, selection: { modelId: 'embedding' } },
    });
    expect(body.error.message).toContain('The prompt is 10000 tokens long, more than the window of embedding');
  });
});
