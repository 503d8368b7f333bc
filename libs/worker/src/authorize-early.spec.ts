import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ProviderError, type AuthKind, type Provider, type TokenReport } from '@switchyard/contract';
import { createLogger } from '@switchyard/telemetry';
import { authorizeEarly, authorizeStrictly } from './authorize-early.js';

const REPORT: TokenReport = { kind: 'google', length: 9, expiresAt: '2026-11-21T09:00:00.000Z' };
const MISSING = new ProviderError('authentication', 'credentialsFile: ./a.json cannot be read (ENOENT).');

/** Lets promises that are settled go on. */
async function turn(): Promise<void> {
  for (let count = 0; count < 20; count += 1) await Promise.resolve();
}

describe('authorizing before the first job', () => {
  let lines: string[];
  const logger = createLogger({ name: 'worker', destination: { write: (line) => void lines.push(line) } });

  beforeEach(() => {
    lines = [];
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** A provider whose fetches come out one after the other like this. */
  function named(
    kind: AuthKind,
    ...outcomes: (TokenReport | Error)[]
  ): { name: string; provider: Provider; asked(): number } {
    let asked = 0;
    const auth = {
      status: () => ({ kind, status: 'unknown' as const, expiresAt: null }),
      validate: async () => {
        const outcome = outcomes[asked] ?? REPORT;
        asked += 1;
        if (outcome instanceof Error) throw outcome;
        return outcome;
      },
    };
    return { name: 'gemini', provider: { auth } as unknown as Provider, asked: () => asked };
  }

  const messages = (): unknown[] =>
    lines
      .map((line): Record<string, unknown> => JSON.parse(line))
      .map(({ level, message, reason }) => [level, message, reason]);

  it('tries until it is done, tells each reason once, and then that it is done', async () => {
    const provider = named('google', MISSING, MISSING, new ProviderError('network', 'Away.'), REPORT);
    const stop = authorizeEarly([provider], logger);
    for (const pause of [0, 2_000, 4_000, 8_000, 60_000]) {
      jest.advanceTimersByTime(pause);
      await turn();
    }
    expect(provider.asked()).toBe(4);
    const unhealthy = 'the provider is unhealthy: no token; it is tried again';
    expect(messages()).toEqual([
      ['warn', unhealthy, MISSING.message],
      ['warn', unhealthy, 'Away.'],
      ['info', 'authorized', undefined],
    ]);
    stop();
  });

  it('leaves keys alone', async () => {
    const providers = [named('api_key'), named('none')];
    authorizeEarly(providers, logger)();
    await authorizeStrictly(providers);
    expect(providers.map((provider) => provider.asked())).toEqual([0, 0]);
  });

  it('ends with its process', async () => {
    const provider = named('azure_ad', MISSING, MISSING);
    const stop = authorizeEarly([provider], logger);
    await turn();
    stop();
    await turn();
    jest.advanceTimersByTime(120_000);
    await turn();
    expect(provider.asked()).toBe(1);
  });

  it('refuses the start where it is asked to', async () => {
    await authorizeStrictly([named('google')]);
    await expect(authorizeStrictly([named('google', MISSING)])).rejects.toThrow(
      `providers.gemini cannot be authorized: ${MISSING.message}`,
    );
  });
});
