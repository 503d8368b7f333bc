import { isUnavailable } from '@switchyard/database';
import fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import { createByteGate, type ByteGate } from './byte-gate.js';

const NEVER = new AbortController().signal;

describe('createByteGate', () => {
  /** Who is in, by number, and how each leaves. */
  function visitors(gate: ByteGate) {
    const inside = new Map<number, () => void>();
    const refused: [number, unknown][] = [];
    const enter = (number: number, bytes: number, signal = NEVER): void =>
      void gate.enter(bytes, signal).then(
        (leave) => inside.set(number, leave),
        (error: unknown) => refused.push([number, error]),
      );
    const leave = (number: number): void => {
      inside.get(number)?.();
      inside.delete(number);
    };
    return { inside, refused, enter, leave, names: () => [...inside.keys()] };
  }

  /** Each entry takes a turn of its own. */
  async function turns(): Promise<void> {
    for (let count = 0; count < 40; count += 1) await turn();
  }

  it('lets in what fits, and the rest in the order of asking as others leave', async () => {
    const { enter, leave, names } = visitors(createByteGate({ maxBytes: 10, maxWaiting: 100 }));
    enter(1, 4);
    enter(2, 4);
    enter(3, 4);
    // It would fit, and stays behind the one before it, which it would else keep out for ever.
    enter(4, 1);
    await turns();
    expect(names()).toEqual([1, 2]);
    leave(2);
    await turns();
    expect(names()).toEqual([1, 3, 4]);
  });

  it('gives all the room to what is larger than it, alone', async () => {
    const { enter, leave, names } = visitors(createByteGate({ maxBytes: 10, maxWaiting: 100 }));
    enter(1, 1);
    enter(2, 1_000);
    enter(3, 1);
    await turns();
    expect(names()).toEqual([1]);
    leave(1);
    await turns();
    expect(names()).toEqual([2]);
    leave(2);
    await turns();
    expect(names()).toEqual([3]);
  });

  it('takes room back once, however often it is given', async () => {
    const gate = createByteGate({ maxBytes: 10, maxWaiting: 100 });
    const leave = await gate.enter(10, NEVER);
    leave();
    leave();
    const { enter, names } = visitors(gate);
    enter(1, 10);
    enter(2, 10);
    await turns();
    expect(names()).toEqual([1]);
  });

  it('lets those go who give up, first in the line or behind it, with the reason', async () => {
    const { enter, leave, names, refused } = visitors(createByteGate({ maxBytes: 10, maxWaiting: 100 }));
    const [head, behind] = [new AbortController(), new AbortController()];
    enter(1, 10);
    enter(2, 10, head.signal);
    enter(3, 10, behind.signal);
    enter(4, 10);
    enter(5, 10, AbortSignal.abort(new Error('gone before')));
    await turns();
    behind.abort(new Error('behind gone'));
    head.abort(new Error('head gone'));
    await turns();
    expect(refused.map(([number, error]) => [number, String(error)]).toSorted()).toEqual([
      [2, 'Error: head gone'],
      [3, 'Error: behind gone'],
      [5, 'Error: gone before'],
    ]);
    leave(1);
    await turns();
    expect(names()).toEqual([4]);
  });

  it('refuses more than may wait, as something that may be tried again', async () => {
    const { enter, refused } = visitors(createByteGate({ maxBytes: 10, maxWaiting: 2 }));
    enter(0, 10);
    await turns();
    for (const number of [1, 2, 3, 4, 5]) {
      enter(number, 10);
      await turns();
    }
    // The first asks for room, two are behind it.
    expect(refused.map(([number, error]) => [number, isUnavailable(error)])).toEqual([
      [4, true],
      [5, true],
    ]);
  });

  it('never holds more than it may, and forgets nobody', async () => {
    const steps = fc.array(
      fc.record({ bytes: fc.integer({ min: 1, max: 12 }), leaves: fc.nat(4), gone: fc.boolean() }),
      {
        maxLength: 30,
      },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (visits) => {
        const { refused, enter, leave, names } = visitors(createByteGate({ maxBytes: 10, maxWaiting: 100 }));
        const seen = new Set<number>();
        const look = (): void => {
          const bytes = names().reduce((sum, number) => sum + (visits[number]?.bytes ?? 0), 0);
          expect(names().length <= 1 || bytes <= 10).toBe(true);
          for (const number of names()) seen.add(number);
        };
        for (const [number, { bytes, leaves, gone }] of visits.entries()) {
          const impatient = new AbortController();
          enter(number, bytes, impatient.signal);
          await turn();
          if (gone) impatient.abort(new Error('gone'));
          await turn();
          look();
          for (const name of names().slice(0, leaves)) leave(name);
        }
        for (let rounds = 0; rounds <= visits.length; rounds += 1) {
          await turns();
          look();
          for (const name of names()) leave(name);
        }
        for (const [number] of refused) expect(visits[number]?.gone).toBe(true);
        expect(seen.size + refused.length).toBe(visits.length);
      }),
      { numRuns: 60 },
    );
  });
});
