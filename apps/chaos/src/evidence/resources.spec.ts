import { checkHoldings, type Holdings } from './resources.js';

const MEGABYTE = 1_048_576;
const BEFORE: Holdings = {
  role: 'api-1',
  memoryBytes: 200 * MEGABYTE,
  descriptors: 50,
  connections: 20,
  vendorSockets: 100,
};

describe('checkHoldings', () => {
  const found = (change: Partial<Holdings>, rested = true): string[] =>
    checkHoldings([BEFORE], [{ ...BEFORE, vendorSockets: 0, ...change }], rested).map(({ what }) => what);

  it('allows a tenth and 20 MB', () => {
    expect(found({ memoryBytes: 240 * MEGABYTE, descriptors: 60, connections: 27 })).toEqual([]);
  });

  it.each<[Partial<Holdings>, string]>([
    [{ memoryBytes: 241 * MEGABYTE }, 'api-1: memory grew from 200 MB to 241 MB'],
    [{ descriptors: 61 }, 'api-1: file descriptors grew from 50 to 61'],
    [{ connections: 28 }, 'api-1: connections grew from 20 to 28'],
    [{ vendorSockets: 6 }, 'api-1: sockets to the vendor grew from 0 to 6'],
  ])('finds %j', (change, expected) => {
    expect(found(change)).toEqual([expected]);
  });

  it('lets sockets of calls be until it has been quiet for long enough', () => {
    expect(found({ vendorSockets: 90 }, false)).toEqual([]);
  });

  it('misses a process that is gone', () => {
    expect(checkHoldings([BEFORE], [], true)).toMatchObject([{ rule: 'I8', what: 'api-1 does not run any more' }]);
  });
});
