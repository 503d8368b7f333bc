import type { ArmSums } from './estimate-arm.js';
import { estimateArm } from './estimate-arm.js';
import { judgeExperiment, type Metric, type ObservedArm } from './judge-experiment.js';

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const EMPTY: ArmSums = { users: 0, count: 0, countSquared: 0, total: 0, totalSquared: 0, totalTimesCount: 0 };

/** The sums with one user more, who brought these values. */
function withUser(sums: ArmSums, values: readonly number[]): ArmSums {
  const count = values.length;
  const total = values.reduce((sum, value) => sum + value, 0);
  return {
    users: sums.users + 1,
    count: sums.count + count,
    countSquared: sums.countSquared + count ** 2,
    total: sums.total + total,
    totalSquared: sums.totalSquared + total ** 2,
    totalTimesCount: sums.totalTimesCount + total * count,
  };
}

/** The sums over users who brought one answer each, a success or not. */
function oneAnswerEach({ users, successes }: { users: number; successes: number }): ArmSums {
  const counts = { users, count: users, countSquared: users };
  return { ...counts, total: successes, totalSquared: successes, totalTimesCount: successes };
}

const of = (name: string, metric: Metric, sums: ArmSums): ObservedArm => ({ name, metrics: { [metric]: sums } });

describe('estimateArm', () => {
  it('is the plain mean and its variance for one answer a user', () => {
    const sums = [1, 0, 1, 1].reduce((all, value) => withUser(all, [value]), EMPTY);
    expect(estimateArm(sums)).toEqual({ users: 4, count: 4, mean: 0.75, variance: expect.closeTo(0.0625) });
  });

  it('takes answers of one user for what they are: hardly more than one', () => {
    const draw = random(1);
    let many = EMPTY;
    let single = EMPTY;
    for (let user = 0; user < 500; user += 1) {
      const value = draw() < 0.5 ? 1 : 0;
      many = withUser(
        many,
        Array.from({ length: 20 }, () => value),
      );
      single = withUser(single, [value]);
    }
    expect(estimateArm(many)?.variance).toBeCloseTo(estimateArm(single)?.variance ?? 0, 10);
  });

  it('knows nothing of one user', () => {
    expect(estimateArm(withUser(EMPTY, [1]))).toBeUndefined();
  });
});

describe('judgeExperiment', () => {
  /** Runs an experiment of so many users, read after each day of 100, and says what was decided first. */
  function run(rates: readonly number[], users: number, seed: number): string | undefined {
    const draw = random(seed);
    const counts = rates.map(() => ({ users: 0, successes: 0 }));
    for (let user = 0; user < users; user += 1) {
      const chosen = Math.floor(draw() * rates.length);
      const arm = counts[chosen];
      const success = draw() < (rates[chosen] ?? 0);
      if (arm) Object.assign(arm, { users: arm.users + 1, successes: arm.successes + Number(success) });
      if (user % 100 !== 99) continue;
      const observed = counts.map((each, index) => of(`arm-${index}`, 'success', oneAnswerEach(each)));
      const { verdict } = judgeExperiment(observed, 'success');
      if (verdict.decided) return verdict.winner;
    }
    return undefined;
  }

  const decided = (count: number, one: (seed: number) => string | undefined): readonly string[] =>
    Array.from({ length: count }, (_, seed) => one(seed + 1)).filter((winner) => winner !== undefined);

  it.each([0.02, 0.5, 0.9])('finds no winner among equals of %d, though read every day', (rate) => {
    expect(decided(200, (seed) => run([rate, rate], 5_000, seed)).length).toBeLessThanOrEqual(10);
  });

  it('finds no more among four equals', () => {
    expect(decided(200, (seed) => run([0.5, 0.5, 0.5, 0.5], 5_000, seed)).length).toBeLessThanOrEqual(10);
  });

  it('finds the better arm, whichever it is', () => {
    const better = decided(100, (seed) => run([0.8, 0.88], 5_000, seed));
    expect(better.length).toBeGreaterThanOrEqual(90);
    expect(new Set(better)).toEqual(new Set(['arm-1']));
    const worse = decided(100, (seed) => run([0.88, 0.8], 5_000, seed));
    expect(worse.length).toBeGreaterThanOrEqual(90);
    expect(new Set(worse)).toEqual(new Set(['arm-0']));
  });

  it('has less cost for the better, in parts of the control’s', () => {
    const draw = random(7);
    const costs = [0.002, 0.001].map((mean) =>
      Array.from({ length: 300 }, () => mean * (0.5 + draw())).reduce((sums, cost) => withUser(sums, [cost]), EMPTY),
    );
    const [control = EMPTY, cheap = EMPTY] = costs;
    const { arms, verdict } = judgeExperiment([of('dear', 'cost', control), of('cheap', 'cost', cheap)], 'cost');
    expect(verdict).toEqual({ decided: true, winner: 'cheap' });
    expect(arms[1]?.comparisons.cost?.difference).toBeCloseTo(-0.5, 1);
  });

  it('says nothing of few users, of one arm, of free models', () => {
    const few = Array.from({ length: 99 }).reduce<ArmSums>((sums, _, index) => withUser(sums, [index % 2]), EMPTY);
    const free = Array.from({ length: 200 }).reduce<ArmSums>((sums) => withUser(sums, [0]), EMPTY);
    expect(judgeExperiment([of('a', 'success', few), of('b', 'success', few)], 'success').verdict.decided).toBe(false);
    expect(judgeExperiment([of('a', 'success', few)], 'success').verdict.decided).toBe(false);
    expect(judgeExperiment([of('a', 'cost', free), of('b', 'cost', free)], 'cost').verdict.decided).toBe(false);
  });
});
