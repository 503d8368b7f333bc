import fc from 'fast-check';
import { scheduleOf } from './run-chaos.js';

const EVERYWHERE = [
  ...['F1', 'F2', 'F3', 'F5', 'F7', 'F8', 'F10', 'F11', 'F16', 'F17', 'F18', 'F19', 'F20', 'F21', 'F23', 'F26', 'F27'],
];
const EXPECTED = {
  postgres: new Set(EVERYWHERE),
  redis: new Set([...EVERYWHERE, 'F6']),
};

describe('the schedule of a run', () => {
  it.each(['postgres', 'redis'] as const)(
    'holds every fault of the engine in five minutes, whatever the seed (%s)',
    (engine) => {
      fc.assert(
        fc.property(fc.nat({ max: 2 ** 32 - 1 }), (seed) => {
          const schedule = scheduleOf({ seed, engine, minutes: 5, faults: undefined });
          expect(new Set(schedule.map(({ fault }) => fault))).toEqual(EXPECTED[engine]);
          expect(schedule).toEqual(scheduleOf({ seed, engine, minutes: 5, faults: undefined }));
        }),
      );
    },
  );

  it('does ten minutes of everything in every way at some seed', () => {
    const variants = new Set<string>();
    for (let seed = 0; seed < 100; seed += 1) {
      for (const { fault, variant } of scheduleOf({ seed, engine: 'redis', minutes: 10, faults: undefined })) {
        variants.add(`${fault} ${variant}`);
      }
    }
    expect(variants).toContain('F7 Postgres stopped immediately for 60 s with 200 calls running');
    expect(variants.size).toBeGreaterThan(40);
  });

  it('holds what was asked for, and nothing else', () => {
    const schedule = scheduleOf({ seed: 9, engine: 'postgres', minutes: 0.1, faults: ['F1', 'F16'] });
    expect(schedule.map(({ fault }) => fault).toSorted()).toEqual(['F1', 'F16']);
  });
});
