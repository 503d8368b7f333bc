import { describeLimit } from './sync-rate-limits.js';

describe('a limit in words', () => {
  it.each([
    [{ maxRequests: 60, windowMs: 60_000 }, 'openai 60/min'],
    [{ maxTokens: 90_000, windowMs: 1_000 }, 'openai 90000 tokens/s'],
    [{ maxRequests: 5, maxTokens: 100, windowMs: 86_400_000 }, 'openai 5/day, 100 tokens/day'],
    [{ maxRequests: 5, windowMs: 2_500 }, 'openai 5/2500 ms'],
  ])('%j', (limit, words) => {
    expect(describeLimit('openai', limit)).toBe(words);
  });
});
