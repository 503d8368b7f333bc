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
    expect(first).toMatchInlineSnapshot(`
      [
        {
          "atMs": 4279,
          "fault": "F16",
          "seed": 1438242903,
          "variant": "odd usage",
        },
        {
          "atMs": 8069,
          "fault": "F1",
          "seed": 586752650,
          "variant": "once",
        },
        {
          "atMs": 23368,
          "fault": "F7",
          "seed": 1014293152,
          "variant": "short",
        },
        {
          "atMs": 31828,
          "fault": "F1",
          "seed": 423599391,
          "variant": "once",
        },
        {
          "atMs": 46858,
          "fault": "F7",
          "seed": 1311298395,
          "variant": "short",
        },
        {
          "atMs": 55564,
          "fault": "F16",
          "seed": 1798168430,
          "variant": "odd usage",
        },
        {
          "atMs": 58964,
          "fault": "F16",
          "seed": 132674530,
          "variant": "odd usage",
        },
        {
          "atMs": 63140,
          "fault": "F1",
          "seed": 1138887043,
          "variant": "once",
        },
        {
          "atMs": 77399,
          "fault": "F7",
          "seed": 1809658970,
          "variant": "short",
        },
        {
          "atMs": 86074,
          "fault": "F7",
          "seed": 80400099,
          "variant": "short",
        },
        {
          "atMs": 94909,
          "fault": "F1",
          "seed": 1281466871,
          "variant": "once",
        },
        {
          "atMs": 109878,
          "fault": "F16",
          "seed": 449920348,
          "variant": "odd usage",
        },
        {
          "atMs": 113640,
          "fault": "F1",
          "seed": 438494896,
          "variant": "once",
        },
        {
          "atMs": 128079,
          "fault": "F7",
          "seed": 160405496,
          "variant": "long",
        },
        {
          "atMs": 204100,
          "fault": "F16",
          "seed": 1488395397,
          "variant": "odd usage",
        },
        {
          "atMs": 207747,
          "fault": "F16",
          "seed": 2023562140,
          "variant": "odd usage",
        },
        {
          "atMs": 210913,
          "fault": "F7",
          "seed": 34022380,
          "variant": "short",
        },
        {
          "atMs": 219636,
          "fault": "F1",
          "seed": 1314092530,
          "variant": "once",
        },
        {
          "atMs": 235039,
          "fault": "F16",
          "seed": 597540485,
          "variant": "odd usage",
        },
        {
          "atMs": 238308,
          "fault": "F7",
          "seed": 1117370862,
          "variant": "short",
        },
        {
          "atMs": 246489,
          "fault": "F1",
          "seed": 2138117688,
          "variant": "once",
        },
        {
          "atMs": 261357,
          "fault": "F7",
          "seed": 723620561,
          "variant": "short",
        },
        {
          "atMs": 269841,
          "fault": "F1",
          "seed": 1566404618,
          "variant": "once",
        },
        {
          "atMs": 284516,
          "fault": "F16",
          "seed": 1810598801,
          "variant": "odd usage",
        },
        {
          "atMs": 287960,
          "fault": "F7",
          "seed": 216632652,
          "variant": "short",
        },
        {
          "atMs": 296430,
          "fault": "F16",
          "seed": 1687798842,
          "variant": "odd usage",
        },
      ]
    `);
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
