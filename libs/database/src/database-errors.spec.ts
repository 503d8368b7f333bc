import { describe, expect, it } from '@jest/globals';
import { isTransient, isUnavailable, isUniqueViolation } from './database-errors.js';

const withCode = (code: string, more: object = {}): Error => Object.assign(new Error('it failed'), { code, ...more });

describe('isUnavailable', () => {
  it.each(['57P01', '57P03', '53300', '53100', '08006', '57014', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'P1001'])(
    'is so for %s',
    (code) => {
      expect(isUnavailable(withCode(code))).toBe(true);
    },
  );

  it.each([
    'timeout exceeded when trying to connect',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Query read timeout',
  ])('is so for the driver’s “%s”', (message) => {
    expect(isUnavailable(new Error(message))).toBe(true);
  });

  it('looks into causes and into each of several errors', () => {
    expect(isUnavailable(new Error('cannot admit', { cause: withCode('57P02') }))).toBe(true);
    expect(isUnavailable(new AggregateError([withCode('EHOSTUNREACH')]))).toBe(true);
    expect(isUnavailable(Object.assign(new Error('prisma'), { cause: { kind: 'DatabaseNotReachable' } }))).toBe(true);
  });

  it('tells a socket that is gone from a file that is gone', () => {
    expect(isUnavailable(withCode('ENOENT', { syscall: 'connect' }))).toBe(true);
    expect(isUnavailable(withCode('ENOENT', { syscall: 'open' }))).toBe(false);
  });

  it.each([
    withCode('23505'),
    withCode('22P02'),
    withCode('42601'),
    withCode('28P01'),
    withCode('40P01'),
    new Error('no'),
    undefined,
    'x',
  ])('is not so for %p', (error) => expect(isUnavailable(error)).toBe(false));

  it('ends on a circle of causes', () => {
    const error = new Error('round');
    error.cause = error;
    expect(isUnavailable(error)).toBe(false);
  });
});

describe('the other failures', () => {
  it('knows a unique violation, and of which constraint', () => {
    const error = withCode('23505', { constraint: 'keys_name_key' });
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'keys_name_key')).toBe(true);
    expect(isUniqueViolation(error, 'keys_hash_key')).toBe(false);
    expect(isUniqueViolation(withCode('23503'))).toBe(false);
  });

  it('knows what the database undid for another', () => {
    expect(isTransient(withCode('40P01'))).toBe(true);
    expect(isTransient(withCode('40001'))).toBe(true);
    expect(isTransient(withCode('23505'))).toBe(false);
  });
});
