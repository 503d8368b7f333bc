import { checkHoldings, checkVendorSockets, type Holdings } from './resources.js';

const MEGABYTE = 1_048_576;
const BEFORE: Holdings = {
  role: 'api-1',
  memoryBytes: 200 * MEGABYTE,
  descriptors: 50,
  connections: 20,
  vendorSockets: 100,
};

describe('checkHoldings', () => {
  const found = (change: Partial<Holdings>): string[] =>
    checkHoldings([BEFORE], [{ ...BEFORE, ...change }]).map(({ what }) => what);

  it('allows a tenth and 20 MB', () => {
    expect(found({ memoryBytes: 240 * MEGABYTE, descriptors: 60, connections: 27 })).toEqual([]);
  });

  it.each<[Partial<Holdings>, string]>([
    [{ memoryBytes: 241 * MEGABYTE }, 'api-1: memory grew from 200 MB to 241 MB'],
    [{ descriptors: 61 }, 'api-1: file descriptors grew from 50 to 61'],
    [{ connections: 28 }, 'api-1: connections grew from 20 to 28'],
  ])('finds %j', (change, expected) => {
    expect(found(change)).toEqual([expected]);
  });

  it('misses a process that is gone', () => {
    expect(checkHoldings([BEFORE], [])).toMatchObject([{ rule: 'I8', what: 'api-1 does not run any more' }]);
  });
});

describe('checkVendorSockets', () => {
  it('allows a handful', () => {
    expect(checkVendorSockets([{ ...BEFORE, vendorSockets: 5 }])).toEqual([]);
    expect(checkVendorSockets([BEFORE])).toMatchObject([{ rule: 'I8', what: 'api-1 keeps 100 sockets to the vendor' }]);
  });
});
