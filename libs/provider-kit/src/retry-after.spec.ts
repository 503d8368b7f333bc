import { parseRetryAfter, readRetryDelay } from './retry-after.js';

const NOW = Date.parse('2026-11-20T10:00:00Z');

describe('how long a vendor asks to wait', () => {
  it.each([
    [{}, undefined],
    [{ 'retry-after': '30' }, 30],
    [{ 'retry-after': ' 1.5 ' }, 1.5],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '86400' }, 86_400],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'retry-after': '1e9' }, undefined],
    [{ 'retry-after': 'Infinity' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': 'model 1' }, undefined],
    [{ 'retry-after-ms': '250', 'retry-after': '30' }, 0.25],
    [{ 'retry-after-ms': '-250', 'retry-after': '30' }, 30],
    [{ 'retry-after': 'Fri, 20 Nov 2026 10:00:45 GMT' }, 45],
    [{ 'retry-after': 'Friday, 20-Nov-26 10:00:45 GMT' }, 45],
    [{ 'retry-after': 'Fri, 20 Nov 2026 09:00:00 GMT' }, 0],
    // A vendor whose clock is an hour ahead means the same as one whose clock is right.
    [{ date: 'Fri, 20 Nov 2026 11:00:00 GMT', 'retry-after': 'Fri, 20 Nov 2026 11:00:05 GMT' }, 5],
  ])('%j: %s seconds', (headers, seconds) => {
    expect(parseRetryAfter(new Headers(headers as Record<string, string>), NOW)).toBe(seconds);
  });

  it.each([
    ['30s', 30],
    ['1.500000001s', 1.500_000_001],
    ['0s', 0],
    ['-3s', undefined],
    ['30', undefined],
    ['s', undefined],
    [30, undefined],
    [undefined, undefined],
  ])('a retryDelay of %j: %s seconds', (retryDelay, seconds) => {
    expect(readRetryDelay({ retryDelay })).toBe(seconds);
  });
});
