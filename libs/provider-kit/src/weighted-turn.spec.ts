import { nextTurn } from './weighted-turn.js';

it.each([
  [{ a: 1 }, 'aaaa'],
  [{ a: 1, b: 1 }, 'abababab'],
  [{ a: 3, b: 1 }, 'aabaaaba'],
  [{ a: 5, b: 1, c: 1 }, 'aabacaa'],
  [{ a: 0.5, b: 1.5 }, 'babbbabb'],
])('%j is %s', (weights, turns) => {
  const takers = Object.entries(weights).map(([name, weight]) => ({ name, weight, credit: 0 }));
  expect(Array.from(turns, () => nextTurn(takers).name).join('')).toBe(turns);
});
