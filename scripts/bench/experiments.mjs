import { parseArgs } from 'node:util';
import { judgeExperiment } from '@switchyard/experiments';
import { median } from './measure.mjs';

/**
 * How often a verdict is false, and how often a true difference is found: simulated experiments of two arms, each read
 * after every day. Deterministic.
 *
 *     npm run build:fast && node scripts/bench/experiments.mjs
 *
 * Prints one JSON document. The figures to hold: at most 5 % false, and five points found in 80 % by 5,000 users.
 */
const { values: options } = parseArgs({
  options: {
    experiments: { type: 'string', default: '1000' },
    users: { type: 'string', default: '5000' },
    'a-day': { type: 'string', default: '100' },
  },
});
const experiments = Number(options.experiments);
const users = Number(options.users);
const usersOfADay = Number(options['a-day']);

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @returns the users after whom a verdict was first read, and whom it names; undefined without one */
function run(rates, seed) {
  const draw = random(seed);
  const sums = rates.map(() => ({ users: 0, successes: 0 }));
  for (let user = 1; user <= users; user += 1) {
    const arm = Math.floor(draw() * rates.length);
    sums[arm].users += 1;
    if (draw() < rates[arm]) sums[arm].successes += 1;
    if (user % usersOfADay !== 0) continue;
    const { verdict } = judgeExperiment(
      sums.map((each, index) => ({ name: String(index), metrics: { success: observed(each) } })),
      'success',
    );
    if (verdict.decided) return { after: user, winner: verdict.winner };
  }
  return undefined;
}

function observed({ users: count, successes }) {
  return {
    users: count,
    count,
    countSquared: count,
    total: successes,
    totalSquared: successes,
    totalTimesCount: successes,
  };
}

const CASES = [
  [0.05, 0.05],
  [0.3, 0.3],
  [0.5, 0.5],
  [0.8, 0.8],
  [0.95, 0.95],
  [0.5, 0.55],
  [0.7, 0.75],
  [0.8, 0.85],
  [0.9, 0.95],
];
const cases = CASES.map((rates, index) => {
  const found = Array.from({ length: experiments }, (_, seed) => run(rates, index * experiments + seed + 1)).filter(
    (result) => result !== undefined,
  );
  const best = rates[1] > rates[0] ? '1' : undefined;
  const percent = (count) => Math.round((1_000 * count) / experiments) / 10;
  return {
    rates,
    verdictsPercent: percent(found.length),
    falsePercent: percent(found.filter(({ winner }) => winner !== best).length),
    medianUsersUntilThen: found.length === 0 ? null : median(found.map(({ after }) => after)),
  };
});
console.log(JSON.stringify({ experiments, users, readAfterEvery: usersOfADay, cases }, undefined, 2));
