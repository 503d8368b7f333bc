import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type ProviderSettings } from '@switchyard/contract';
import { type Authorization, openCredential } from './credential.js';

const TIMEOUTS = { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 };
const SIGNAL = new AbortController().signal;

function settings(given: Partial<ProviderSettings>): ProviderSettings {
  return { name: 'main', kind: 'custom', concurrency: 1, local: false, timeouts: TIMEOUTS, options: {}, ...given };
}

/** Several keys, by name and weight; the text of each is its name. */
function several(weights: Readonly<Record<string, number>>): Partial<ProviderSettings> {
  return { options: { keys: Object.entries(weights).map(([name, weight]) => ({ name, apiKey: name, weight })) } };
}

describe('calls that go with a key', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  function open(given: Partial<ProviderSettings>) {
    const credential = openCredential(settings(given), { header: 'x-api-key' });
    const next = (): Authorization => {
      const authorization = credential.authorize(SIGNAL);
      if (authorization instanceof Promise) throw new Error('A key is at hand, and nothing is to be waited for.');
      return authorization;
    };
    const take = (count: number): string => Array.from({ length: count }, () => next().headers['x-api-key']).join('');
    return { credential, next, take };
  }

  it('sends nothing where there is none', () => {
    const { credential, next } = open({});
    expect(next().headers).toEqual({});
    expect(credential.status()).toEqual({ kind: 'none', status: 'valid', expiresAt: null });
    expect(next().refused()).toBeUndefined();
  });

  it('goes with the one there is, and says what its vendor thought of it', async () => {
    const { credential, next } = open({ apiKey: 'sk-1' });
    expect(next().headers).toEqual({ 'x-api-key': 'sk-1' });
    expect(credential.status()).toEqual({ kind: 'api_key', status: 'unknown', expiresAt: null });
    next().accepted();
    expect(credential.status()).toMatchObject({ status: 'valid' });
    expect(await credential.validate(SIGNAL)).toEqual({ kind: 'api_key', length: 4, expiresAt: null });
    expect(next().refused()).toBeUndefined();
    const reason = 'The provider refused the key; check providers.main.apiKey.';
    expect(credential.status()).toEqual({ kind: 'api_key', status: 'invalid', expiresAt: null, reason });
    await expect(credential.validate(SIGNAL)).rejects.toMatchObject({ code: 'authentication', message: reason });
    expect(next().headers).toEqual({ 'x-api-key': 'sk-1' });
  });

  it('shares calls among several by their weights, evenly spread', () => {
    expect(open(several({ a: 1, b: 1 })).take(6)).toBe('ababab');
    expect(open(several({ a: 3, b: 1 })).take(8)).toBe('aabaaaba');
    expect(open(several({ a: 0.5, b: 0.25, c: 0.25 })).take(8)).toBe('abcaabca');
  });

  it('leaves one out that was refused, for a minute, and tries again with another', () => {
    jest.useFakeTimers();
    const { credential, next, take } = open(several({ a: 1, b: 1 }));
    const [first, second] = [next(), next()];
    expect(first.refused()).toBe(
      'The provider refused providers.main.keys[0].apiKey; the next try goes with another key.',
    );
    second.accepted();
    expect(take(3)).toBe('bbb');
    expect(credential.status()).toEqual({
      kind: 'api_key',
      status: 'valid',
      expiresAt: null,
      reason: 'The provider refused the key; check providers.main.keys[0].apiKey.',
    });
    jest.advanceTimersByTime(60_000);
    expect(take(4)).toMatch(/a.*a/);
  });

  it('goes on with all where all were refused, and says that none is any good', () => {
    const { credential, next, take } = open(several({ a: 1, b: 1 }));
    const [first, second] = [next(), next()];
    expect(first.refused()).toBeDefined();
    expect(second.refused()).toBeUndefined();
    expect(take(2)).toMatch(/^(ab|ba)$/);
    expect(credential.status()).toMatchObject({ status: 'invalid' });
  });

  it.each([
    [{ apiKey: 'sk 1' }, 'providers.main.apiKey'],
    [several({ 'a\nb': 1 }), 'providers.main.keys[0].apiKey'],
  ])('refuses a key that could not be sent: %j', (given, place) => {
    expect(() => open(given)).toThrow(`${place} holds a character that no key has; look for a space or a line break.`);
  });

  it('names what no message may repeat', () => {
    expect(open(several({ a: 1, b: 1 })).credential.secrets()).toEqual(['a', 'b']);
  });
});
