import fc from 'fast-check';
import { Turns, type TurnTaker } from './turns.js';

type Takers = readonly [TurnTaker, ...TurnTaker[]];

function takeTurns(turns: Turns, takers: Takers, times: number): string {
  return Array.from({ length: times }, () => {
    const taken = turns.next('b', takers);
    turns.take('b', takers, taken);
    return taken.name;
  }).join('');
}

const of = (weights: Readonly<Record<string, number>>): Takers => {
  const [first = { name: 'a', weight: 1 }, ...rest] = Object.entries(weights).map(([name, weight]) => ({
    name,
    weight,
  }));
  return [first, ...rest];
};

describe('turns', () => {
  it('go round', () => {
    expect(takeTurns(new Turns(), of({ a: 1, b: 1, c: 1 }), 7)).toBe('abcabca');
  });

  it('spread a heavy one among the others', () => {
    expect(takeTurns(new Turns(), of({ a: 5, b: 1, c: 1 }), 7)).toBe('aabacaa');
  });

  it('are told without being used', () => {
    const turns = new Turns();
    const takers = of({ a: 1, b: 1 });
    expect([turns.next('b', takers).name, turns.next('b', takers).name]).toEqual(['a', 'a']);
    expect(takeTurns(turns, takers, 3)).toBe('aba');
    expect(turns.next('another', takers).name).toBe('a');
  });

  it('leave the others theirs while one is away', () => {
    const turns = new Turns();
    expect(takeTurns(turns, of({ a: 1, b: 1, c: 1 }), 1)).toBe('a');
    expect(takeTurns(turns, of({ a: 1, b: 1 }), 4)).toBe('bbab');
    expect(
      takeTurns(turns, of({ a: 1, b: 1, c: 1 }), 6)
        .split('')
        .toSorted()
        .join(''),
    ).toMatch(/^aa?bb?ccc?$/);
  });

  it('give each its share to within one turn, however many have passed, and one for each process', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 });
    // Which process serves each request.
    const served = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(weights, served, (drawn, processes) => {
        const takers = of(Object.fromEntries(drawn.map((weight, index) => [`m${index}`, weight])));
        const total = drawn.reduce((sum, weight) => sum + weight, 0);
        const books = [new Turns(), new Turns(), new Turns()];
        const counts = new Map<string, number>();
        for (const [past, process] of processes.entries()) {
          const turns = books[process] ?? new Turns();
          const taken = turns.next('b', takers);
          turns.take('b', takers, taken);
          counts.set(taken.name, (counts.get(taken.name) ?? 0) + 1);
          for (const { name, weight } of takers) {
            const share = ((past + 1) * weight) / total;
            expect(Math.abs((counts.get(name) ?? 0) - share)).toBeLessThanOrEqual(books.length);
          }
        }
      }),
    );
  });
});
