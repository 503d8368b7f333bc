import { describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { once } from 'node:events';
import { reasonOf } from './reason-of.js';

describe('reasonOf', () => {
  it.each([
    [new Error('It failed.'), 'It failed.'],
    [new Error('It failed,\n  in two   lines.\n'), 'It failed, in two lines.'],
    [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [new AggregateError([new Error('a'), new Error('b'), new Error('a')]), 'a, b'],
    [new AggregateError([], 'All failed.'), 'All failed.'],
    ['plain words', 'plain words'],
    [{ code: 'E1' }, 'E1'],
    [{ message: 5 }, 'unknown cause'],
    [undefined, 'unknown cause'],
    [null, 'unknown cause'],
    [new Error(''), 'unknown cause'],
  ])('says of %p: %s', (error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });

  it('has words for a connection that no address takes', async () => {
    const [error] = await once(connect({ host: 'localhost', port: 1, autoSelectFamily: true }), 'close').catch(
      (cause: unknown) => [cause],
    );
    expect(reasonOf(error)).toMatch(/^connect ECONNREFUSED/);
  });
});
