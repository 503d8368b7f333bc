import { jest } from '@jest/globals';
import { type Instance, InstanceCache, NoRoomError } from './instance-cache.js';

const IDLE_MS = 60_000;

interface FakeModel extends Instance {
  readonly name: string;
}

/** A cache of models that take as many bytes as their name says: `a3` three. */
class Bench {
  readonly log: string[] = [];
  /** Loads that wait to be let through; undefined lets each through at once. */
  gates: Map<string, PromiseWithResolvers<void>> | undefined;
  available = Infinity;
  readonly cache: InstanceCache<string, FakeModel>;

  constructor(maxBytes: number, sizeKnown = true) {
    const sizeOf = (name: string): number => Number(name.slice(1));
    this.cache = new InstanceCache({
      keyOf: (name: string) => name,
      sizeOf: (name) => (sizeKnown ? sizeOf(name) : 0),
      load: async (name) => {
        this.log.push(`load ${name}`);
        await this.gates?.get(name)?.promise;
        if (name.startsWith('!')) throw new Error(`${name} is broken`);
        return {
          name,
          bytes: sizeOf(name),
          dispose: async () => void this.log.push(`free ${name}`),
        };
      },
      maxBytes,
      idleMs: IDLE_MS,
      availableBytes: () => this.available,
      onChange: () => undefined,
    });
  }

  async use(name: string, keepMs?: number): Promise<string> {
    return await this.cache.use(name, async (model) => model.name, keepMs);
  }

  /** Holds a copy until it is let go of. */
  hold(name: string): { readonly held: Promise<void>; release(): void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    return { held: this.cache.use(name, () => promise), release: resolve };
  }
}

/** Lets everything run that waits for no timer. */
async function settle(): Promise<void> {
  await jest.advanceTimersByTimeAsync(0);
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('a copy of a model', () => {
  it('is loaded once, however many ask at once', async () => {
    const bench = new Bench(10);
    bench.gates = new Map([['a3', Promise.withResolvers<void>()]]);
    const uses = Array.from({ length: 50 }, () => bench.use('a3'));
    await settle();
    expect(bench.cache.isLoaded('a3')).toBe(false);
    bench.gates.get('a3')?.resolve();
    expect(new Set(await Promise.all(uses))).toEqual(new Set(['a3']));
    expect(await bench.use('a3')).toBe('a3');
    expect(bench.log).toEqual(['load a3']);
    expect(bench.cache.loaded.map(({ name }) => name)).toEqual(['a3']);
  });

  it('is loaded anew after a load that failed, which fails for all who waited', async () => {
    const bench = new Bench(10);
    const uses = await Promise.allSettled([bench.use('!1'), bench.use('!1')]);
    expect(uses.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(bench.use('!1')).rejects.toThrow('broken');
    expect(bench.log).toEqual(['load !1', 'load !1']);
    expect(await bench.use('a9')).toBe('a9');
  });

  it('goes when it was idle for long enough, counted from its last use', async () => {
    const bench = new Bench(10);
    await bench.use('a1');
    await jest.advanceTimersByTimeAsync(IDLE_MS - 1);
    await bench.use('a1');
    await jest.advanceTimersByTimeAsync(IDLE_MS - 1);
    expect(bench.log).toEqual(['load a1']);
    await jest.advanceTimersByTimeAsync(1);
    expect(bench.log).toEqual(['load a1', 'free a1']);
    expect(bench.cache.loaded).toEqual([]);
    await bench.use('a1');
    expect(bench.log.at(-1)).toBe('load a1');
  });

  it('stays as long as its uses ask, the longest of them', async () => {
    const bench = new Bench(10);
    await bench.use('a1', 100);
    await jest.advanceTimersByTimeAsync(100);
    expect(bench.log).toEqual(['load a1', 'free a1']);
    await bench.use('b1', 100);
    await bench.use('b1', 2 * IDLE_MS);
    await bench.use('b1', 100);
    await jest.advanceTimersByTimeAsync(2 * IDLE_MS - 1);
    expect(bench.cache.isLoaded('b1')).toBe(true);
  });

  it('is never freed while it is used, however long that takes', async () => {
    const bench = new Bench(10);
    const { held, release } = bench.hold('a1');
    await jest.advanceTimersByTimeAsync(10 * IDLE_MS);
    expect(bench.log).toEqual(['load a1']);
    release();
    await held;
    await jest.advanceTimersByTimeAsync(IDLE_MS);
    expect(bench.log).toEqual(['load a1', 'free a1']);
  });
});

describe('room', () => {
  it('is made by freeing what was unused for longest, and no more than it takes', async () => {
    const bench = new Bench(10);
    for (const name of ['a3', 'b3', 'c3', 'a3']) await bench.use(name);
    await bench.use('d4');
    expect(bench.log).toEqual(['load a3', 'load b3', 'load c3', 'free b3', 'load d4']);
  });

  it('is waited for where all is used', async () => {
    const bench = new Bench(10);
    const first = bench.hold('a6');
    const second = bench.hold('b4');
    const third = bench.use('c5');
    await settle();
    second.release();
    await settle();
    // What is free by now does not do.
    expect(bench.log).toEqual(['load a6', 'load b4', 'free b4']);
    first.release();
    expect(await third).toBe('c5');
    expect(bench.log).toEqual(['load a6', 'load b4', 'free b4', 'free a6', 'load c5']);
  });

  it('is given in turn: two that need each other’s do not wait for ever', async () => {
    const bench = new Bench(10);
    expect(await Promise.all([bench.use('a7'), bench.use('b7'), bench.use('c7')])).toEqual(['a7', 'b7', 'c7']);
  });

  it('is refused to what does not fit at all', async () => {
    const bench = new Bench(10);
    await bench.use('a3');
    await expect(bench.use('b11')).rejects.toThrow(NoRoomError);
    expect(bench.log).toEqual(['load a3']);
    expect(await bench.use('c7')).toBe('c7');
  });

  it('is made when the machine is short of it, as far as that goes', async () => {
    const bench = new Bench(10);
    await bench.use('a1');
    await bench.use('b1');
    const { held, release } = bench.hold('c1');
    await settle();
    bench.available = 1;
    await bench.use('d2');
    expect(bench.log).toEqual(['load a1', 'load b1', 'load c1', 'free a1', 'free b1', 'load d2']);
    release();
    await held;
  });

  it('is made afterwards for what nobody knew the size of', async () => {
    const bench = new Bench(10, false);
    await bench.use('a6');
    await bench.use('b6');
    expect(bench.log).toEqual(['load a6', 'load b6', 'free a6']);
  });
});
