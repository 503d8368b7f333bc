import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import { DatabaseBusyError } from './database-errors.js';
import { createGroup, type GroupSettings } from './group.js';

/** A statement that ends when it is told to. */
function heldRuns() {
  const runs: { items: readonly number[]; end: () => void }[] = [];
  const run: GroupSettings<number, string>['run'] = (items) =>
    new Promise((resolve) => runs.push({ items, end: () => resolve(items.map((item) => `verdict ${item}`)) }));
  return { runs, run };
}

const unavailable = (): Error => Object.assign(new Error('shutting down'), { code: '57P01' });

describe('createGroup', () => {
  it('runs an item that comes alone at once, and what gathers meanwhile together and in order', async () => {
    const { runs, run } = heldRuns();
    const group = createGroup({ name: 'test', run });
    const first = group.submit(1);
    await turn();
    expect(runs.map(({ items }) => items)).toEqual([[1]]);
    const others = [2, 3, 4].map((item) => group.submit(item));
    await turn();
    expect(runs).toHaveLength(1);
    runs[0]?.end();
    await expect(first).resolves.toBe('verdict 1');
    await turn();
    expect(runs[1]?.items).toEqual([2, 3, 4]);
    runs[1]?.end();
    await expect(Promise.all(others)).resolves.toEqual(['verdict 2', 'verdict 3', 'verdict 4']);
  });

  it('keeps to maxItems, maxBytes and lanes', async () => {
    const { runs, run } = heldRuns();
    const group = createGroup({
      name: 'test',
      run,
      maxItems: 3,
      maxBytes: { limit: 10, of: (item: number) => item },
      lanes: 2,
    });
    for (const item of [1, 2, 3, 9, 99, 1, 1]) void group.submit(item);
    await turn();
    expect(runs.map(({ items }) => items)).toEqual([[1, 2, 3], [9]]);
    runs[0]?.end();
    await turn();
    await turn();
    expect(runs[2]?.items).toEqual([99]);
    runs[1]?.end();
    runs[2]?.end();
    await turn();
    await turn();
    expect(runs[3]?.items).toEqual([1, 1]);
    runs[3]?.end();
    await group.drain();
  });

  it('takes out an item that is given up while it waits, and not one in flight', async () => {
    const { runs, run } = heldRuns();
    const group = createGroup({ name: 'test', run });
    const inFlight = new AbortController();
    const waiting = new AbortController();
    const first = group.submit(1, inFlight.signal);
    await turn();
    const second = group.submit(2, waiting.signal);
    waiting.abort(new Error('gone'));
    inFlight.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    runs[0]?.end();
    await expect(first).resolves.toBe('verdict 1');
    await group.drain();
    expect(runs).toHaveLength(1);
    await expect(group.submit(3, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });

  it('refuses what would wait in too long a line', async () => {
    const { runs, run } = heldRuns();
    const group = createGroup({ name: 'test', run, maxWaiting: 1 });
    const first = group.submit(1);
    await expect(group.submit(2)).rejects.toBeInstanceOf(DatabaseBusyError);
    await turn();
    runs[0]?.end();
    await first;
  });

  it('rejects all of a group when the database is away, without a second run', async () => {
    let runs = 0;
    const group = createGroup<number, string>({
      name: 'test',
      run: async () => {
        runs += 1;
        throw unavailable();
      },
    });
    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => group.submit(item)));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(runs).toBe(1);
  });

  it('does not run again what succeeded with a wrong count of verdicts', async () => {
    let runs = 0;
    const group = createGroup<number, string>({
      name: 'test',
      run: async () => {
        runs += 1;
        return ['only one'];
      },
    });
    const outcomes = await Promise.allSettled([1, 2].map((item) => group.submit(item)));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(runs).toBe(1);
  });

  it('tries a lone item again when the database undid it for another', async () => {
    let runs = 0;
    const group = createGroup<number, string>({
      name: 'test',
      run: async () => {
        runs += 1;
        if (runs < 3) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
        return ['done'];
      },
    });
    await expect(group.submit(1)).resolves.toBe('done');
    expect(runs).toBe(3);
  });

  it('gives each item its own verdict, once, over any interleaving and any failures', async () => {
    const item = fc.record({ poisoned: fc.boolean(), turnsBefore: fc.nat(3) });
    const shape = fc.record({
      items: fc.array(item, { minLength: 1, maxLength: 40 }),
      turns: fc.array(fc.nat(3), { minLength: 1 }),
      outages: fc.array(fc.boolean(), { maxLength: 30 }),
      maxItems: fc.integer({ min: 1, max: 8 }),
      lanes: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ items, turns, outages, maxItems, lanes }) => {
        const effects = new Map<number, number>();
        let runs = 0;
        let inFlight = 0;
        const group = createGroup<number, string>({
          name: 'test',
          maxItems,
          lanes,
          run: async (group) => {
            const run = runs++;
            inFlight += 1;
            expect(inFlight).toBeLessThanOrEqual(lanes);
            expect(group.length).toBeLessThanOrEqual(maxItems);
            expect([...group].sort((a, b) => a - b)).toEqual([...group]);
            for (let index = turns[run % turns.length] ?? 0; index > 0; index -= 1) await turn();
            inFlight -= 1;
            if (outages[run] === true) throw unavailable();
            const poisoned = group.find((index) => items[index]?.poisoned === true);
            if (poisoned !== undefined) throw new Error(`poisoned ${poisoned}`);
            for (const index of group) effects.set(index, (effects.get(index) ?? 0) + 1);
            return group.map((index) => `verdict ${index}`);
          },
        });
        const submitted: Promise<string>[] = [];
        for (const [index, { turnsBefore }] of items.entries()) {
          for (let left = turnsBefore; left > 0; left -= 1) await turn();
          const verdict = group.submit(index);
          verdict.catch(() => undefined);
          submitted.push(verdict);
        }
        const outcomes = await Promise.allSettled(submitted);
        await group.drain();
        for (const [index, outcome] of outcomes.entries()) {
          if (outcome.status === 'fulfilled') {
            expect(outcome.value).toBe(`verdict ${index}`);
            expect(effects.get(index)).toBe(1);
          } else {
            expect(effects.get(index)).toBeUndefined();
            expect(['shutting down', `poisoned ${index}`]).toContain(outcome.reason.message);
          }
          if (items[index]?.poisoned === true) expect(outcome.status).toBe('rejected');
        }
      }),
      { numRuns: 300 },
    );
  });
});
