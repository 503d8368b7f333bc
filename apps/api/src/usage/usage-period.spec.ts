import { describe, expect, it } from '@jest/globals';
import { readPeriod } from './usage-period.js';

const NOW = new Date('2026-11-21T08:30:00Z');

function period(from?: string, to?: string): [string, string] {
  const read = readPeriod(from, to, NOW);
  return [read.from.toISOString().slice(0, 16), read.to.toISOString().slice(0, 16)];
}

describe('readPeriod', () => {
  it('is the current month without a word, and the rest of it or the month of the end with one of them', () => {
    expect(period()).toEqual(['2026-11-01T00:00', '2026-12-01T00:00']);
    expect(period('2026-11-20')).toEqual(['2026-11-20T00:00', '2026-12-01T00:00']);
    expect(period(undefined, '2026-09-30')).toEqual(['2026-09-01T00:00', '2026-10-01T00:00']);
    expect(period(undefined, '2026-10-01T00:00:00Z')).toEqual(['2026-09-01T00:00', '2026-10-01T00:00']);
  });

  it('counts both days wholly, and widens times to the hour', () => {
    expect(period('2026-11-20', '2026-11-20')).toEqual(['2026-11-20T00:00', '2026-11-21T00:00']);
    expect(period('2026-11-20T08:59:59.999Z', '2026-11-20T09:00Z')).toEqual(['2026-11-20T08:00', '2026-11-20T09:00']);
    expect(period('2026-11-20T08:00:00+05:30', '2026-11-20T03:00:01Z')).toEqual([
      '2026-11-20T02:00',
      '2026-11-20T04:00',
    ]);
    expect(period('2023-02-28', '2024-02-28')).toEqual(['2023-02-28T00:00', '2024-02-29T00:00']);
  });

  it.each([
    ['from', 'yesterday', undefined],
    ['from', '', undefined],
    ['from', '2026-02-30', '2026-03-05'],
    ['from', '2026-13-01', undefined],
    ['from', '2026-11-21T25:00:00Z', undefined],
    ['from', '2026-11-21T08:00:00', undefined],
    ['from', '1763712000', undefined],
    ['from', '+002026-11-21', undefined],
    ['from', '1999-12-31', '2000-01-02'],
    ['from', '0000-01-01', undefined],
    ['to', '2026-11-01', '2026-11-31'],
    ['to', '2026-11-01', '2200-01-01'],
    ['from', '2026-11-21', '2026-11-20'],
    ['from', '2026-11-21T09:00:00Z', '2026-11-21T09:00:00Z'],
    ['from', '2026-12-01', undefined],
    ['from', '2025-11-20', '2026-11-21'],
    ['from', '2000-01-01', '2199-12-31'],
  ])('refuses, naming %s: from %s to %s', (param, from, to) => {
    expect(() => readPeriod(from, to, NOW)).toThrow(expect.objectContaining({ param, status: 422 }));
  });
});
