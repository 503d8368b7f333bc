import fc from 'fast-check';
import { makeSchedule, type SchedulableFault } from './make-schedule.js';

const FAULTS: SchedulableFault[] = [
  { id: 'F1', variants: [{ name: 'once', nominalMs: 14_000 }] },
  {
    id: 'F7',
    variants: [
      { name: 'short', nominalMs: 8_000 },
      { name: 'long', nominalMs: 75_000 },
    ],
  },
  { id: 'F16', variants: [{ name: 'odd usage', nominalMs: 3_000 }] },
];

describe('makeSchedule', () => {
  it('gives the same schedule for the same seed, and another for another', () => {
    const settings = { minutes: 5, faults: FAULTS, eachOnce: false };
    const first = makeSchedule({ ...settings, seed: 42 });
    expect(makeSchedule({ ...settings, seed: 42 })).toEqual(first);
    expect(makeSchedule({ ...settings, seed: 43 })).not.toEqual(first);
    // Runs of today can be repeated tomorrow.
    expect(first.slice(0, 3)).toEqual([
      { atMs: 4_279, fault: 'F16', variant: 'odd usage', seed: 1_438_242_903 },
      { atMs: 8_069, fault: 'F1', variant: 'once', seed: 586_752_650 },
      { atMs: 23_368, fault: 'F7', variant: 'short', seed: 1_014_293_152 },
    ]);
  });

  it('keeps within its time, in order, and does every fault that fits before any a second time', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 20 }), (seed, minutes) => {
        const schedule = makeSchedule({ seed, minutes, faults: FAULTS, eachOnce: false });
        const times = schedule.map(({ atMs }) => atMs);
        expect(times).toEqual(times.toSorted((one, other) => one - other));
        for (const { atMs, fault, variant } of schedule) {
          const nominal = FAULTS.find(({ id }) => id === fault)?.variants.find(({ name }) => name === variant);
          expect(atMs + (nominal?.nominalMs ?? Infinity)).toBeLessThanOrEqual(minutes * 60_000);
        }
        const firstRound = schedule.slice(0, FAULTS.length).map(({ fault }) => fault);
        if (minutes >= 3) expect(new Set(firstRound)).toEqual(new Set(['F1', 'F7', 'F16']));
      }),
    );
  });

  it('takes no fault that does not fit, unless each is to be done once', () => {
    const settings = { seed: 1, minutes: 0.125, faults: FAULTS };
    expect(makeSchedule({ ...settings, eachOnce: false }).map(({ fault }) => fault)).toEqual(['F16']);
    const each = makeSchedule({ ...settings, eachOnce: true });
    expect(each.map(({ fault }) => fault).toSorted()).toEqual(['F1', 'F16', 'F7']);
    expect(each.find(({ fault }) => fault === 'F7')?.variant).toBe('short');
  });
});
