import { assignArm } from './assign-arm.js';
import type { Experiment } from './experiment.js';

const users = Array.from({ length: 20_000 }, (_, index) => `user-${index}`);

function experiment(weights: Readonly<Record<string, number>>, name = 'trial'): Experiment {
  const [first, ...rest] = Object.entries(weights).map(([arm, weight]) => ({ name: arm, weight }));
  if (!first) throw new Error('no arms');
  return { name, arms: [first, ...rest] };
}

const shareOf = (name: string, of: Experiment): number =>
  users.filter((user) => assignArm(of, user).name === name).length / users.length;

describe('assignArm', () => {
  it('splits by weight', () => {
    expect(shareOf('a', experiment({ a: 0.5, b: 0.5 }))).toBeCloseTo(0.5, 1);
    const three = experiment({ a: 3, b: 1, c: 1 });
    expect(shareOf('a', three)).toBeCloseTo(0.6, 1);
    expect(shareOf('c', three)).toBeCloseTo(0.2, 1);
  });

  it('keeps a user’s arm, in whatever order the arms stand', () => {
    for (const user of users.slice(0, 500)) {
      const arm = assignArm(experiment({ a: 1, b: 2, c: 1 }), user).name;
      expect(assignArm(experiment({ c: 1, a: 1, b: 2 }), user).name).toBe(arm);
    }
  });

  it('moves no user between arms that keep their weight when one is added', () => {
    const before = experiment({ a: 1, b: 1 });
    const after = experiment({ a: 1, b: 1, c: 1 });
    for (const user of users.slice(0, 2_000)) {
      const now = assignArm(after, user).name;
      if (now !== 'c') expect(now).toBe(assignArm(before, user).name);
    }
    expect(shareOf('c', after)).toBeCloseTo(1 / 3, 1);
  });

  it('splits each experiment anew', () => {
    const same = users.filter((user) => {
      const arms = { a: 1, b: 1 };
      return assignArm(experiment(arms, 'one'), user).name === assignArm(experiment(arms, 'two'), user).name;
    });
    expect(same.length / users.length).toBeCloseTo(0.5, 1);
  });

  it('gives the arm that it always gave', () => {
    // Every process of every version must agree: a change of these is a change of everybody's arm.
    const arms = ['user-1', 'user-2', 'user-3', 'Zoë'].map((user) => assignArm(experiment({ a: 1, b: 1 }), user).name);
    expect(arms).toEqual(['b', 'a', 'b', 'b']);
  });
});
