import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CAPABILITY_OF_JOB,
  type JobResult,
  type JobType,
  PROVIDER_DESCRIPTIONS,
  PROVIDER_KINDS,
  type ProviderKind,
} from '@switchyard/contract';
import { GATEWAY_KEYS, startGateway, type Gateway, type GatewayApp } from './__fixtures__/gateway.js';
import { recordingTo, vendorPackagesIn } from './__fixtures__/loaded-packages.js';
import { jobTypesOf, VENDORS } from './__fixtures__/vendors.js';

const REQUESTS: Readonly<Record<JobType, object>> = {
  generation: { prompt: 'What is a switchyard?', maxTokens: 200 },
  code: { prompt: 'Sort a list', language: 'python' },
  embedding: { input: ['a yard', 'a yard at night'] },
  image: { prompt: 'a yard at night', size: '64x64', responseFormat: 'base64' },
};

const vendors = Object.entries(VENDORS).map(([name, vendor]) => {
  const kind = PROVIDER_KINDS.find((known) => known === (vendor.kind ?? name));
  if (!kind) throw new Error(`${name} is no kind of provider.`);
  return [name, { ...vendor, kind }] as const;
});

function workerOf(kind: ProviderKind): GatewayApp {
  return `worker-${(kind === 'simulator' ? 'custom' : kind).replaceAll('_', '-')}`;
}

/** A model for each type of job of each kind, so that nothing is left to choose. */
function configure(simulator: string): string {
  return JSON.stringify({
    providers: Object.fromEntries(
      vendors.map(([name, { kind, block }]) => [`at-${name}`, { kind, ...block(simulator) }]),
    ),
    models: vendors.flatMap(([name, vendor]) =>
      jobTypesOf(vendor).map((type) => ({
        id: `${type}-by-${name}`,
        provider: `at-${name}`,
        capabilities: [CAPABILITY_OF_JOB[type]],
        contextWindow: 8_192,
        price: { inputPerMillion: '3', outputPerMillion: '7', perImage: '0.04' },
        ...vendor.models?.[type],
      })),
    ),
    tenants: { acme: { keys: [{ name: 'acme-app', key: GATEWAY_KEYS.jobs, scopes: ['jobs'] }] } },
  });
}

/** What every answer of its type shows, whoever gave it. */
function expectResult(type: JobType, result: JobResult | null): void {
  switch (type) {
    case 'generation':
    case 'code':
      expect(result).toMatchObject({ content: expect.stringMatching(/\w/) as unknown, finishReason: 'stop' });
      return;
    case 'embedding': {
      const embeddings = result && 'embeddings' in result ? result.embeddings : [];
      expect(embeddings.map((vector) => vector.length > 1 && vector.every(Number.isFinite))).toEqual([true, true]);
      return;
    }
    case 'image':
      expect(result).toMatchObject({ images: [{ mimeType: 'image/png' }] });
  }
}

/** Each worker app, and what of vendors its process has loaded when it has run its jobs. */
const LOADED: Readonly<Record<string, readonly string[]>> = {
  'worker-anthropic': ['@anthropic-ai/sdk'],
  'worker-anthropic-vertex': ['@anthropic-ai/sdk'],
  'worker-azure-openai': ['openai'],
  'worker-copilot': ['openai'],
  'worker-custom': ['openai'],
  'worker-groq': ['openai'],
  'worker-huggingface': ['@huggingface/transformers', 'onnxruntime-node', 'openai', 'sharp'],
  'worker-ollama': ['ollama'],
  'worker-openai': ['openai'],
  'worker-stable-diffusion': [],
  'worker-vertex': ['@google/genai'],
};

describe('every provider', () => {
  let gateway: Gateway;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchyard-loaded-'));
    gateway = await startGateway(undefined, ['simulator', 'api'], configure);
  }, 60_000);
  afterAll(async () => {
    await gateway.close();
    await rm(folder, { recursive: true, force: true });
  }, 30_000);

  it('has a worker that is looked at here', async () => {
    const apps = await readdir(join(import.meta.dirname, '../..'));
    expect(apps.filter((app) => app.startsWith('worker-')).sort()).toEqual(Object.keys(LOADED).sort());
  });

  async function expectJob(type: JobType, name: string, route: string | null): Promise<void> {
    const { id } = await gateway.submit({
      type,
      request: REQUESTS[type],
      selection: { modelId: `${type}-by-${name}` },
    });
    const job = await gateway.read(id, 30);
    expect(job).toMatchObject({ status: 'succeeded', provider: `at-${name}`, error: null });
    expectResult(type, job.result);
    expect(Number(job.cost.actual)).toBeGreaterThan(0);
    const log = await fetch(`${gateway.vendorUrl}/log?limit=1000`);
    const { requests } = (await log.json()) as { requests: { attempt: string | null; path: string }[] };
    const paths = requests.filter(({ attempt }) => attempt?.startsWith(id)).map(({ path }) => path);
    expect(paths).toEqual(route === null ? [] : [route]);
  }

  describe.each(Object.keys(LOADED) as GatewayApp[])('%s', (worker) => {
    const record = (): string => join(folder, worker);
    beforeAll(() => gateway.start(worker, recordingTo(record())), 60_000);
    afterAll(async () => void (await gateway.apps.get(worker)?.end('SIGTERM')), 15_000);

    const jobs = vendors
      .filter(([, { kind }]) => workerOf(kind) === worker)
      .flatMap(([name, vendor]) => jobTypesOf(vendor).map((type) => [type, name, vendor.routes[type]] as const));

    for (const [type, name, route] of jobs) {
      it(`runs a job of the type ${type} at ${name}`, () => expectJob(type, name, route ?? null), 60_000);
    }

    it('has loaded no other vendor’s client', async () => {
      expect(await vendorPackagesIn(record())).toEqual(LOADED[worker]);
    });
  });

  it('knows a vendor of every kind', () => {
    expect(new Set(vendors.map(([, { kind }]) => kind))).toEqual(new Set(PROVIDER_KINDS));
  });

  it.each(vendors)('asks %s for all that it can do', (_name, vendor) => {
    const claimed = PROVIDER_DESCRIPTIONS[vendor.kind].capabilities;
    const able = Object.entries(CAPABILITY_OF_JOB).filter(([, capability]) => claimed.includes(capability));
    expect(jobTypesOf(vendor)).toEqual(able.map(([type]) => type));
  });
});
