import { rateLimitHeaders } from './rate-limit-headers.js';

const NONE = { maxRequests: null, leftRequests: null, maxTokens: null, leftTokens: null };

describe('headers of rate limits', () => {
  it('are none where nothing limits', () => {
    expect(rateLimitHeaders([])).toEqual({});
  });

  it('name each limit, its requests and its tokens apart', () => {
    const one = { ...NONE, name: 'app', windowMs: 60_000, maxRequests: 600, leftRequests: 599, resetMs: 59_400 };
    const two = { ...one, name: 'acme', windowMs: 500, maxTokens: 90_000, leftTokens: -1, resetMs: -1 };
    expect(rateLimitHeaders([one, two])).toEqual({
      'ratelimit-policy': '"app";q=600;w=60, "acme";q=600;w=1, "acme-tokens";q=90000;qu="tokens";w=1',
      ratelimit: '"app";r=599;t=60, "acme";r=599;t=0, "acme-tokens";r=0;t=0',
    });
  });
});
