import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@switchyard/telemetry';
import { Clockwork } from './clockwork.js';

/** Lets promises that are settled go on. */
async function turn(): Promise<void> {
  for (let count = 0; count < 10; count += 1) await Promise.resolve();
}

describe('Clockwork', () => {
  let lines: string[];
  let clockwork: Clockwork;

  beforeEach(() => {
    jest.useFakeTimers();
    lines = [];
    clockwork = new Clockwork(
      createLogger({ name: 'courier', destination: { write: (line) => void lines.push(line) } }),
    );
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** Work that ends when it is told to. */
  function work(): { rounds: number; end: (error?: Error) => Promise<void>; run: () => Promise<void> } {
    const ends: ((error?: Error) => void)[] = [];
    return {
      get rounds() {
        return ends.length;
      },
      async end(error) {
        ends.at(-1)?.(error);
        await turn();
      },
      run: () =>
        new Promise((resolve, reject) => {
          ends.push((error) => (error ? reject(error) : resolve()));
        }),
    };
  }

  async function pass(milliseconds: number): Promise<void> {
    jest.advanceTimersByTime(milliseconds);
    await turn();
  }

  it('does its work at once and by the clock', async () => {
    const each = work();
    clockwork.every(1_000, 'each', each.run);
    expect(each.rounds).toBe(1);
    await each.end();
    await pass(999);
    expect(each.rounds).toBe(1);
    await pass(1);
    expect(each.rounds).toBe(2);
  });

  it('overtakes no round that is still running', async () => {
    const slow = work();
    clockwork.every(1_000, 'slow', slow.run);
    await pass(5_500);
    expect(slow.rounds).toBe(1);
    await slow.end();
    await pass(500);
    expect(slow.rounds).toBe(2);
  });

  it('goes on through failures, and tells of a row of them once', async () => {
    const failing = work();
    clockwork.every(1_000, 'count sheep', failing.run);
    await failing.end(new Error('asleep'));
    await pass(1_000);
    await failing.end(new Error('asleep'));
    await pass(1_000);
    await failing.end();
    await pass(1_000);
    await failing.end(new Error('asleep again'));
    expect(
      lines.map((line) => JSON.parse(line)).map(({ level, work: name, message }) => [level, name, message]),
    ).toEqual([
      ['warn', 'count sheep', 'fails; it is tried again by the clock'],
      ['info', 'count sheep', 'works again'],
      ['warn', 'count sheep', 'fails; it is tried again by the clock'],
    ]);
  });

  it('survives work that throws before it has begun', async () => {
    let rounds = 0;
    clockwork.every(1_000, 'hasty', () => {
      rounds += 1;
      throw new Error('too soon');
    });
    await turn();
    await pass(1_000);
    expect(rounds).toBe(2);
  });

  it('keeps several apart', async () => {
    const [one, other] = [work(), work()];
    clockwork.every(1_000, 'one', one.run);
    clockwork.every(100, 'other', other.run);
    await other.end();
    await pass(100);
    expect([one.rounds, other.rounds]).toEqual([1, 2]);
  });

  it('stops when the rounds that run have ended, and begins none', async () => {
    const last = work();
    clockwork.every(1_000, 'last', last.run);
    let stopped = false;
    const stopping = clockwork.stop().then(() => (stopped = true));
    await turn();
    expect(stopped).toBe(false);
    await last.end();
    await stopping;
    await pass(10_000);
    expect(last.rounds).toBe(1);
  });

  it('stops also when the last round fails', async () => {
    const last = work();
    clockwork.every(1_000, 'last', last.run);
    const stopping = clockwork.stop();
    await last.end(new Error('at the last'));
    await expect(stopping).resolves.toBeUndefined();
  });
});
