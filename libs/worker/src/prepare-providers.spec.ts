import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ProviderError, type Preparation, type Provider } from '@switchyard/contract';
import { createLogger } from '@switchyard/telemetry';
import { prepareProviders } from './prepare-providers.js';

/** Lets promises that are settled go on. */
async function turn(): Promise<void> {
  for (let count = 0; count < 20; count += 1) await Promise.resolve();
}

describe('making providers ready', () => {
  let lines: string[];
  const logger = createLogger({ name: 'worker', destination: { write: (line) => void lines.push(line) } });

  beforeEach(() => {
    lines = [];
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const told = (): unknown[] =>
    lines
      .map((line): Record<string, unknown> => JSON.parse(line))
      .map(({ level, message, reason, model, step, percent }) =>
        [level, message, reason, model, step, percent].filter((each) => each !== undefined),
      );

  it('tells each step and every tenth of it, and when all is ready', async () => {
    const prepare: Provider['prepare'] = async (_context, report) => {
      const steps: Preparation[] = [
        { model: 'llama', step: 'pulling' },
        ...[0.01, 0.05, 0.12, 0.13, 0.5, 1].map((fraction) => ({ model: 'llama', step: 'pulling', fraction })),
        { model: 'llama', step: 'quantizing' },
        { model: 'other', step: 'quantizing' },
      ];
      for (const step of steps) report(step);
    };
    prepareProviders([{ name: 'local', provider: { prepare } }], logger);
    await turn();
    const made = 'a model is made ready';
    expect(told()).toEqual([
      ['info', made, 'llama', 'pulling'],
      ['info', made, 'llama', 'pulling', 12],
      ['info', made, 'llama', 'pulling', 50],
      ['info', made, 'llama', 'pulling', 100],
      ['info', made, 'llama', 'quantizing'],
      ['info', made, 'other', 'quantizing'],
      ['info', 'all of the provider is ready'],
    ]);
  });

  it('tries again what could not be made ready, each provider for itself', async () => {
    const outcomes = [new ProviderError('network', 'Away.'), new ProviderError('network', 'Away.'), new Error('sk-1')];
    const prepared: string[] = [];
    const failing: Provider['prepare'] = async () => {
      const outcome = outcomes.shift();
      if (outcome) throw outcome;
      prepared.push('failing');
    };
    const well: Provider['prepare'] = async () => void prepared.push('well');
    const stop = prepareProviders(
      [
        { name: 'failing', provider: { prepare: failing } },
        { name: 'well', provider: { prepare: well } },
        { name: 'without', provider: {} },
      ],
      logger,
    );
    await turn();
    expect(prepared).toEqual(['well']);
    for (const pause of [2_000, 4_000, 8_000]) {
      jest.advanceTimersByTime(pause);
      await turn();
    }
    expect(prepared).toEqual(['well', 'failing']);
    const again = 'not all of the provider is ready; it is tried again';
    expect(told()).toEqual([
      ['warn', again, 'Away.'],
      ['info', 'all of the provider is ready'],
      ['warn', again, 'it failed without a reason that can be shown.'],
      ['info', 'all of the provider is ready'],
    ]);
    stop();
  });

  it('ends when it is told to, in silence', async () => {
    let aborted = false;
    const prepare: Provider['prepare'] = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason as Error);
        });
      });
    const stop = prepareProviders([{ name: 'slow', provider: { prepare } }], logger);
    await turn();
    stop();
    await turn();
    expect([aborted, told()]).toEqual([true, []]);
  });
});
