import { Availability } from '../availability.js';
import { QueueUnavailableError } from '../bounded.js';
import { timed } from '../__fixtures__/poll.js';
import type { Entry } from './entry.js';
import { GroupedAdds } from './grouped-adds.js';

const entry = (jobId: string): Entry => ({ jobId, priority: 5 });

describe('GroupedAdds', () => {
  let healthy: boolean;
  let sent: string[][];
  let answer: () => Promise<unknown>;
  let availability: Availability;
  let adds: GroupedAdds;

  beforeEach(async () => {
    healthy = true;
    sent = [];
    answer = () => Promise.resolve();
    const logger = { info: () => undefined, warn: () => undefined };
    availability = new Availability(
      'test',
      () => (healthy ? Promise.resolve() : Promise.reject(new Error('away'))),
      logger,
    );
    await availability.check();
    adds = new GroupedAdds((entries) => {
      sent.push(entries.map(({ jobId }) => jobId));
      return answer();
    }, availability);
  });

  afterEach(() => {
    availability.close();
  });

  it('sends together what the same tick adds', async () => {
    await Promise.all([adds.add([entry('a')]), adds.add([entry('b'), entry('c')])]);
    expect(sent).toEqual([['a', 'b', 'c']]);
  });

  it('has one statement in flight; the next takes all that has gathered', async () => {
    let release: () => void = () => undefined;
    answer = () => new Promise<void>((resolve) => (release = resolve));
    const first = adds.add([entry('a')]);
    await Promise.resolve();
    await Promise.resolve();
    answer = () => Promise.resolve();
    const others = ['b', 'c', 'd'].map((id) => adds.add([entry(id)]));
    expect(sent).toEqual([['a']]);
    release();
    await Promise.all([first, ...others]);
    expect(sent).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('fails those of a group that fails, and goes on', async () => {
    answer = () => Promise.reject(new Error('refused'));
    await expect(adds.add([entry('a')])).rejects.toThrow('refused');
    answer = () => Promise.resolve();
    await expect(adds.add([entry('b')])).resolves.toBeUndefined();
  });

  it('gives up on a statement that hangs, with all who wait behind it', async () => {
    answer = () => new Promise(() => undefined);
    const first = adds.add([entry('a')]);
    await Promise.resolve();
    await Promise.resolve();
    const second = adds.add([entry('b')]);
    const bounded = Promise.allSettled([first, second]);
    expect(await timed(bounded)).toBeLessThan(600);
    for (const outcome of await bounded) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(QueueUnavailableError) });
    }
    expect(sent).toEqual([['a']]);
  });

  it('refuses at once while the queue is known to be away', async () => {
    healthy = false;
    await availability.check();
    await expect(adds.add([entry('a')])).rejects.toThrow(QueueUnavailableError);
    expect(sent).toEqual([]);
  });
});
