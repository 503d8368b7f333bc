import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration, type Configuration } from '@switchyard/config';
import { sql } from '@switchyard/database';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import { readModelChecks, type ProviderDesk } from '@switchyard/jobs';
import { createLogger } from '@switchyard/telemetry';
import { checkModels } from './check-models.js';

const FILE = `
modules: { off: false }
providers:
  sim: { kind: simulator }
  main: { kind: custom, baseURL: "http://127.0.0.1:1/v1" }
  off: { kind: custom, baseURL: "http://127.0.0.1:1/v1" }
  draws: { kind: stable_diffusion }
  ollama: {}
models:
  - { id: one, provider: main, providerModel: vendor-one, capabilities: [image], price: free,
      versions: { v1: { providerModel: vendor-old }, v2: { provider: sim, providerModel: sim-one } } }
  - { id: two, provider: main, capabilities: [image], price: free }
  - { id: pictures, provider: draws, modelPath: v1-5-pruned, capabilities: [image], price: free }
  - { id: llama3.1, provider: ollama, capabilities: [generation], contextWindow: 9, price: free }
  - { id: other, provider: sim, providerModel: sim-other, capabilities: [image], price: free }
`;

describe('checkModels', () => {
  let test: TestDatabase;
  let file: Configuration;
  let lines: string[];
  let asked: unknown[];
  let answers: Record<string, unknown>;
  const couriers: (() => Promise<void>)[] = [];
  const leaving = new AbortController();

  const desk: { ask: ProviderDesk['ask']; close(): void } = {
    ask: async ({ provider, payload }, { signal }) => {
      signal?.throwIfAborted();
      asked.push([provider, payload]);
      return { state: 'answered', id: 1n, answer: answers[provider] };
    },
    close: () => undefined,
  };

  beforeAll(async () => {
    test = await createTestDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'switchyard-models-'));
    const path = join(folder, 'switchyard.yaml');
    await writeFile(path, FILE);
    file = await loadConfiguration({ path, explicit: true, env: {} });
    await rm(folder, { recursive: true });
    const logger = createLogger({ name: 'courier', destination: { write: (line) => void lines.push(line) } });
    for (let count = 0; count < 3; count += 1) {
      const app = { database: test.database, logger, configuration: { current: file } };
      const clockwork = { every: (_: number, _name: string, work: () => Promise<void>) => void couriers.push(work) };
      checkModels(app, desk, clockwork, leaving.signal);
    }
  }, 60_000);
  beforeEach(() => {
    lines = [];
    asked = [];
    answers = {
      main: { answer: { listed: ['vendor-one', 'sim-other', 'gpt-4o', 'brand-new'], missing: ['two', 'vendor-old'] } },
      sim: { answer: { listed: ['sim-other'], missing: [] } },
      draws: { answer: { listed: ['v1-5-pruned', 'v2-1'], missing: [] } },
      ollama: { answer: { listed: ['llama3.1:latest', 'llama3.1:8b'], missing: [] } },
    };
  });
  afterAll(() => test.drop());

  const round = (): Promise<unknown> => Promise.all(couriers.map((courier) => courier()));
  const pass = (minutes: number): Promise<unknown> =>
    test.database.query(sql`update model_checks set due_at = due_at - ${minutes} * interval '1 minute'`);

  it('leaves workers the time to start', async () => {
    await round();
    expect(asked).toEqual([]);
  });

  it('asks each provider once, however many couriers run, and tells what its vendor has no more', async () => {
    await pass(2);
    await round();
    expect(asked.toSorted()).toEqual([
      ['draws', { models: ['v1-5-pruned'] }],
      ['main', { models: ['vendor-one', 'vendor-old', 'two'] }],
      ['ollama', { models: ['llama3.1'] }],
      ['sim', { models: ['sim-other'] }],
    ]);
    const [draws, main, ollama, sim] = await readModelChecks(test.database);
    expect(main).toMatchObject({
      new: ['brand-new', 'gpt-4o', 'sim-other'],
      retired: ['two', 'vendor-old'],
      // Of the others the price is known: from another provider's model, and from the catalogue.
      unpriced: ['brand-new'],
    });
    expect(sim).toMatchObject({ new: [], retired: [], unpriced: [] });
    expect(draws).toMatchObject({ new: ['v2-1'], retired: [] });
    expect(ollama).toMatchObject({ new: ['llama3.1:8b'], retired: [] });
    const told = lines
      .map((line): Record<string, unknown> => JSON.parse(line))
      .map(({ level, provider }) => [level, provider]);
    expect(told.toSorted()).toEqual([
      ['info', 'draws'],
      ['info', 'ollama'],
      ['info', 'sim'],
      ['warn', 'main'],
    ]);
    await round();
    expect(asked).toHaveLength(4);
  });

  it('asks again a day later, and an hour after it failed', async () => {
    answers['main'] = { error: { code: 'network', message: 'Away.' } };
    await pass(24 * 60);
    await round();
    expect(asked).toHaveLength(4);
    await pass(60);
    await round();
    expect(asked.slice(4)).toEqual([['main', expect.anything()]]);
    expect((await readModelChecks(test.database))[1]).toMatchObject({
      error: 'Away.',
      new: ['brand-new', 'gpt-4o', 'sim-other'],
    });
  });

  it('leaves a question that runs when its process is told to stop, without a word', async () => {
    await pass(24 * 60);
    lines = [];
    const waiting = new Promise<void>((resolve) => {
      desk.ask = (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
          resolve();
        });
    });
    const running = round();
    await waiting;
    leaving.abort();
    await running;
    expect(lines).toEqual([]);
  });
});
