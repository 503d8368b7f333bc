import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatUsd } from '@switchyard/contract';
import { loadConfiguration } from './load-configuration.js';
import { maskConfiguration } from './mask-configuration.js';

/** Every secret of the complete file holds the word, so that none can show itself unseen. */
const ENVIRONMENT = {
  OPENAI_API_KEY: 'sk-openai-canary',
  ANTHROPIC_KEY: 'sk-anthropic-canary',
  COIN_CONSUMER_CLIENT_ID: 'coin',
  COIN_SECRET: 'coin-canary',
  ACME_HOOK_SECRET: 'whsec_canarycanarycanarycanary',
  ACME_KEY: 'acme-app-key-canary',
  HOOK_SECRET: 'whsec_canarycanary',
};
const COMPLETE = join(import.meta.dirname, '__fixtures__/complete.yaml');

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'switchyard-configuration-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
}

describe('loadConfiguration', () => {
  it('takes the built-in simulator where the default file is missing', async () => {
    const path = join(directory, 'switchyard.yaml');
    const configuration = await loadConfiguration({ path, explicit: false, nodeEnv: 'test', env: {} });
    expect(configuration.source).toEqual(['built-in']);
    expect(configuration.warnings).toEqual([]);
    expect(configuration.defaultProvider).toBe('simulator');
    expect(configuration.providers.get('simulator')).toMatchObject({ kind: 'simulator', local: true });
    expect([...configuration.models.keys()]).toEqual(['sim-chat', 'sim-embedding', 'sim-image']);
    expect(configuration.modules).toEqual({
      dashboard: true,
      courier: true,
      simulator: true,
      modelTransport: true,
    });
  });

  it('takes models of Hugging Face for local, but those of a provider with an address', async () => {
    const providers = `
      huggingface: {}
      tei: { kind: huggingface, baseURL: "http://tei:8080" }
      near: { kind: huggingface, baseURL: "http://127.0.0.1:8080", local: true }`;
    await write({ 'switchyard.yaml': `providers: ${providers}` });
    const path = join(directory, 'switchyard.yaml');
    const loaded = await loadConfiguration({ path, explicit: true, env: {} });
    expect([...loaded.providers.values()].map(({ local }) => local)).toEqual([true, false, true]);
  });

  it('refuses a missing file that was named', async () => {
    const path = join(directory, 'production.yaml');
    const loading = loadConfiguration({ path, explicit: true, env: {} });
    await expect(loading).rejects.toThrow(`${path}: there is no such file`);
  });

  it('refuses a file that cannot be read', async () => {
    await expect(loadConfiguration({ path: directory, explicit: false, env: {} })).rejects.toThrow(
      `${directory}: cannot be read (EISDIR)`,
    );
  });

  it('lays the file of NODE_ENV over it: maps are merged, lists replaced', async () => {
    await write({
      'mine.yaml': `
        providers: { simulator: { concurrency: 4, timeouts: { totalMs: 9 } } }
        models:
          - { id: one, provider: simulator, capabilities: [image], price: free }
          - { id: two, provider: simulator, capabilities: [image], price: free }
        retention: { payloads: 1d, jobs: 2d }
        tenants: { acme: { weight: 2, keys: [ { name: a, key: "\${UNSET_IN_PRODUCTION}" } ] } }`,
      'mine.production.yaml': `
        providers: { simulator: { concurrency: 8 }, ollama: }
        models: [ { id: three, provider: ollama, capabilities: [embedding], contextWindow: 9, price: free } ]
        retention: { jobs: 3d }
        tenants: { acme: { keys: [] } }
        limits:`,
      'mine.test.yaml': 'broken: [',
    });
    const configuration = await loadConfiguration({
      path: join(directory, 'mine.yaml'),
      explicit: true,
      nodeEnv: 'production',
      env: {},
    });
    expect(configuration.source).toEqual(['mine.yaml', 'mine.production.yaml']);
    expect([...configuration.providers.keys()]).toEqual(['simulator', 'ollama']);
    const timeouts = { connectMs: 5000, firstByteMs: 60_000, idleMs: 60_000, totalMs: 9 };
    expect(configuration.providers.get('simulator')).toMatchObject({ concurrency: 8, timeouts });
    expect([...configuration.models.keys()]).toEqual(['three']);
    expect(configuration.retention).toEqual({ payloads: 86_400_000, jobs: 259_200_000 });
    expect(configuration.tenants.get('acme')).toEqual({ name: 'acme', weight: 2, storePrompts: true, keys: [] });
  });

  it('names faults of both layers by their place', async () => {
    await write({
      'switchyard.yaml': 'providers: { simulator: { kind: x } }',
      'switchyard.dev.yaml': 'providers: { simulator: { concurency: 1 } }',
    });
    const path = join(directory, 'switchyard.yaml');
    await expect(loadConfiguration({ path, explicit: false, nodeEnv: 'dev', env: {} })).rejects.toMatchObject({
      faults: [
        { path: 'providers.simulator.kind', message: expect.stringContaining('must be one of openai, anthropic') },
        { path: 'providers.simulator.concurency', message: 'unknown field; did you mean concurrency?' },
      ],
    });
  });
});

describe('the complete file of the documentation', () => {
  const load = () => loadConfiguration({ path: COMPLETE, explicit: true, nodeEnv: 'test', env: ENVIRONMENT });

  it('loads', async () => {
    const { modules, providers, models, aliases, tenants, limits, ...rest } = await load();
    expect(modules).toMatchObject({ dashboard: true, simulator: true, openai: true, groq: false });
    expect(providers.size).toBe(14);
    expect(providers.get('house')?.mapping?.generate).toMatchObject({
      path: '/engines/{{model}}/say',
      headers: { 'X-Team': 'coin-canary' },
      body: { limits: { tokens: '{{maxTokens}}', beam: 4, tag: null } },
    });
    expect(providers.get('openai')).toEqual({
      name: 'openai',
      kind: 'openai',
      baseURL: 'https://api.openai.com/v1',
      apiKey: 'sk-openai-canary',
      defaultModel: 'gpt-4',
      concurrency: 32,
      local: false,
      timeouts: { connectMs: 5000, firstByteMs: 60_000, idleMs: 60_000, totalMs: 600_000 },
      maxResponseBytes: 33_554_432,
      rateLimit: { maxRequests: 60, maxTokens: 90_000, windowMs: 60_000, strategy: 'exponential', maxRetries: 3 },
      options: {
        cache: { enabled: true, ttlSeconds: 60, maxEntries: 10, key: ['prompt', 'metadata.tier'] },
        botType: 'default',
      },
    });
    expect(['ollama', 'huggingface', 'simulator', 'groq'].map((name) => providers.get(name)?.local)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(providers.get('huggingface')?.options).toEqual({ instances: { maxBytes: 4 * 1024 ** 3, idleMs: 600_000 } });
    expect([...models.keys()].at(-1)).toBe('gpt-3.5-turbo');
    expect(models.get('all-MiniLM-L6-v2')?.options).toMatchObject({ dtype: 'q8', quantization: { bits: 8 } });
    expect(aliases.get('smartest')).toBe('smart');
    expect(tenants.get('acme')).toEqual({
      name: 'acme',
      weight: 1,
      storePrompts: true,
      webhookSecret: ENVIRONMENT.ACME_HOOK_SECRET,
      keys: [{ name: 'acme-app', key: ENVIRONMENT.ACME_KEY, scopes: ['jobs'], permissions: ['premium'] }],
    });
    expect(limits).toEqual({ bodyBytes: 33_554_432, resultBytes: 33_554_432, maxQueuedPerTenant: 100_000 });
    expect(rest).toMatchObject({
      defaultProvider: 'openai',
      fallbackChain: ['openai', 'anthropic', 'simulator'],
      generators: { support: { model: 'smart', template: 'rag', maxDocuments: 8, historyTurns: 6 } },
      budgets: [{ monthlyLimit: 100_000_000_000n }, { dailyLimit: 100_000_000n }],
    });
  });

  it('has its prices exactly', async () => {
    const { models } = await load();
    const gpt4 = models.get('gpt-4');
    expect(gpt4?.price).toEqual({
      inputPerMillion: 30_000_000_000n,
      outputPerMillion: 60_000_000_000n,
      cachedInputPerMillion: 15_000_000_000n,
      cacheWritePerMillion: 37_500_000_000n,
      audioInputPerMillion: 100_000_000_000n,
      perRequest: 0n,
      perImage: { default: 40_000_000n },
      batchFactorPpm: 500_000,
      above: [{ inputTokens: 200_000, inputPerMillion: 60_000_000_000n, outputPerMillion: 90_000_000_000n }],
    });
    const { v1, v2 } = gpt4?.versions ?? {};
    expect(v1?.price).toEqual({ ...gpt4?.price, inputPerMillion: 100_000_000n });
    expect(v2).toEqual({ providerModel: 'gpt-4-0613' });
    expect(models.get('dall-e-3')?.price.perImage).toEqual({ '1792x1024/hd': 120_000_000n, default: 40_000_000n });
    const cheap = models.get('gpt-3.5-turbo')?.price;
    expect([cheap?.inputPerMillion, cheap?.outputPerMillion].map((rate) => rate && formatUsd(rate))).toEqual([
      '0.50',
      '1.50',
    ]);
  });

  it('is told what of it is not enforced yet, a line each', async () => {
    const { warnings } = await load();
    expect(warnings).toContain(
      'providers.anthropic.keys[].rateLimit: validated, but this version does not enforce it yet',
    );
    expect(warnings).toContain('models[].batching: validated, but this version does not enforce it yet');
    expect(new Set(warnings).size).toBe(warnings.length);
  });

  it('shows no secret when masked, and everything else', async () => {
    const configuration = await load();
    const masked = maskConfiguration(configuration);
    expect(JSON.stringify(masked)).not.toContain('canary');
    expect(masked).toMatchObject({
      providers: {
        openai: { apiKey: '***', baseURL: 'https://api.openai.com/v1' },
        anthropic: { keys: [{ name: 'a', apiKey: '***' }, {}] },
        coin: { auth: { clientId: 'coin', clientSecret: '***' } },
        'azure-many': { deployments: [{ endpoint: 'https://east.example', apiKey: '***' }] },
      },
      tenants: { acme: { webhookSecret: '***', keys: [{ name: 'acme-app', key: '***' }] } },
      webhooks: { endpoints: [{ url: 'https://hooks.example/in', secret: '***' }] },
      budgets: [{ name: 'acme' }, { key: 'acme-app', dailyLimit: '0.1' }],
    });
    expect(JSON.stringify(configuration.warnings)).not.toContain('canary');
  });

  it('names each variable that is not set', async () => {
    const loading = loadConfiguration({ path: COMPLETE, explicit: true, env: {} });
    await expect(loading).rejects.toMatchObject({
      faults: expect.arrayContaining(
        [
          'providers.openai.apiKey',
          'providers.anthropic.keys[0].apiKey',
          'providers.anthropic.keys[1].apiKey',
          'providers.coin.auth.clientId',
          'providers.coin.auth.clientSecret',
          'tenants.acme.webhookSecret',
          'tenants.acme.keys[0].key',
          'webhooks.endpoints[0].secret',
        ].map((path) => ({ path, message: expect.stringContaining('is not set') })),
      ),
    });
    await expect(loading).rejects.not.toThrow(/is missing|must be/);
  });
});
