import { assert, constant, double, integer, nat, oneof, property, record, string } from 'fast-check';
import { parseUsage } from './parse-usage.js';

describe('usage', () => {
  it.each([
    [
      { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
      { promptTokens: 3, completionTokens: 4, totalTokens: 7 },
    ],
    [
      { input_tokens: 3, output_tokens: 4 },
      { promptTokens: 3, completionTokens: 4, totalTokens: 7 },
    ],
    [
      { prompt_tokens: 8, total_tokens: 8 },
      { promptTokens: 8, completionTokens: 0, totalTokens: 8 },
    ],
    // A total that counts what neither part does is kept; one that is less than its parts is not.
    [
      { prompt_tokens: 3, completion_tokens: 4, total_tokens: 90 },
      { promptTokens: 3, completionTokens: 4, totalTokens: 90 },
    ],
    [
      { prompt_tokens: 3, completion_tokens: 4, total_tokens: -1 },
      { promptTokens: 3, completionTokens: 4, totalTokens: 7 },
    ],
    [
      {
        prompt_tokens: 3,
        completion_tokens: 4,
        prompt_tokens_details: { cached_tokens: 50 },
        completion_tokens_details: { reasoning_tokens: -1 },
      },
      { promptTokens: 3, completionTokens: 4, totalTokens: 7, cachedPromptTokens: 3 },
    ],
    [
      {
        prompt_tokens: 9,
        completion_tokens: 4,
        prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 3, audio_tokens: 90 },
      },
      {
        promptTokens: 9,
        completionTokens: 4,
        totalTokens: 13,
        cachedPromptTokens: 2,
        cacheWriteTokens: 3,
        audioPromptTokens: 9,
      },
    ],
    [{ prompt_tokens: '3', completion_tokens: 4 }, undefined],
    [{ prompt_tokens: 3, completion_tokens: '4', total_tokens: 7 }, undefined],
    [{ prompt_tokens: 3 }, undefined],
    [{ prompt_tokens: 8, total_tokens: 3 }, undefined],
    [{ prompt_tokens: 3.5, completion_tokens: 4 }, undefined],
    [{ prompt_tokens: 3, completion_tokens: 2 ** 60 }, undefined],
    [[3, 4], undefined],
    [null, undefined],
  ])('%j is %j', (reported, usage) => {
    expect(parseUsage(reported)).toEqual(usage);
  });

  it('is never negative, never a fraction, and no part is more than its whole', () => {
    const count = oneof(nat(100), integer(), double(), string(), constant(null), constant(undefined));
    const details = record({ cached_tokens: count, reasoning_tokens: count });
    const reported = record({
      prompt_tokens: count,
      completion_tokens: count,
      total_tokens: count,
      prompt_tokens_details: details,
      completion_tokens_details: details,
    });
    assert(
      property(reported, (value) => {
        const usage = parseUsage(value);
        if (!usage) return;
        for (const count of Object.values(usage)) expect(Number.isSafeInteger(count) && Number(count) >= 0).toBe(true);
        expect(usage.totalTokens).toBeGreaterThanOrEqual(usage.promptTokens + usage.completionTokens);
        expect(usage.cachedPromptTokens ?? 0).toBeLessThanOrEqual(usage.promptTokens);
        expect(usage.reasoningTokens ?? 0).toBeLessThanOrEqual(usage.completionTokens);
      }),
    );
  });
});
