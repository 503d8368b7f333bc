import { describe, expect, it } from '@jest/globals';
import { restartDelay } from './restart-backoff.js';

describe('restartDelay', () => {
  it('doubles from one second to thirty', () => {
    const delays: number[] = [];
    for (let previous: number | undefined; delays.length < 7; delays.push((previous = restartDelay(previous, 100))));
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it('begins again after a minute of health', () => {
    expect(restartDelay(30_000, 59_999)).toBe(30_000);
    expect(restartDelay(30_000, 60_000)).toBe(1_000);
  });
});
