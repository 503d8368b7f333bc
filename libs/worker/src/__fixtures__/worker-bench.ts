import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPriceDirectory } from '@switchyard/budget';
import { openKeyDirectory, openProcess, prepareDatabase, syncTenants, type AppProcess } from '@switchyard/config';
import { nanoUsd, type JobId, type JobView, type ProviderSettings } from '@switchyard/contract';
import { createTestDatabase } from '@switchyard/database/testing';
import { newJobId, openAdmission, openJobReader, openSettler, type JobPayload, type Settler } from '@switchyard/jobs';

const SECRET = 'a secret for specs, of 32 bytes or more';
const ADMIN_KEY = 'sk-admin-0123456789abcdef';
const PRICE = {
  inputPerMillion: nanoUsd(1n),
  outputPerMillion: nanoUsd(1n),
  perRequest: nanoUsd(0n),
  perImage: {},
  batchFactorPpm: 1_000_000,
  above: [],
};
const PAYLOAD: JobPayload = {
  version: 1,
  type: 'generation',
  request: { prompt: 'Why?' },
  submission: {},
};

/** What one attempt reserves. */
const RESERVED = nanoUsd(1_000n);
const TARGET = { model: 'm', version: null, providerModel: 'm', reserveNano: '1000', params: {} };

/** The provider that its jobs are for. */
export const SETTINGS: ProviderSettings = {
  name: 'vendor',
  kind: 'openai',
  concurrency: 4,
  local: false,
  timeouts: { connectMs: 5_000, firstByteMs: 5_000, idleMs: 5_000, totalMs: 10_000 },
  options: {},
};

/** A process of a worker over a database of its own, and jobs for it. */
export interface WorkerBench {
  readonly app: AppProcess;
  readonly settler: Settler;
  /** Admits a job for `vendor`. @param further Providers that it may go on to. */
  admit(...further: readonly string[]): Promise<JobId>;
  read(id: JobId): Promise<JobView>;
  close(): Promise<void>;
}

/** Opens a bench as the worker's main does, from an environment. */
export async function openWorkerBench(): Promise<WorkerBench> {
  const test = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-worker-'));
  const file = join(folder, 'switchyard.yaml');
  await writeFile(file, 'providers: { vendor: { kind: openai, apiKey: sk-vendor-0123456789 } }\n');
  await prepareDatabase({ database: test.url });
  const app = await openProcess('worker-openai', {
    SWITCHYARD_CONFIG: file,
    SWITCHYARD_SECRET: SECRET,
    DATABASE_URL: test.url,
    LOG_LEVEL: 'silent',
  });
  const { database, queue } = app;
  await syncTenants(database, app.configuration.file, { secret: SECRET, adminKey: ADMIN_KEY });
  const key = (await openKeyDirectory(database, { secret: SECRET })).authenticate(ADMIN_KEY);
  if (!key) throw new Error('There is no key.');
  const priceId = await openPriceDirectory(database).idOf('m', PRICE);
  const admission = openAdmission(database, queue);

  return {
    app,
    settler: openSettler(database, queue),
    async admit(...further) {
      const id = newJobId();
      await admission.admit({
        id,
        tenantId: key.tenantId,
        keyId: key.id,
        type: 'generation',
        provider: 'vendor',
        model: 'm',
        modelVersion: null,
        priceId,
        reserve: RESERVED,
        priority: 5,
        delayMs: 0,
        expiresMs: 86_400_000,
        timeoutMs: 600_000,
        retryOf: null,
        clientData: { metadata: {}, userId: null, task: null },
        plan: {
          targets: ['vendor', ...further].map((name) => ({ ...TARGET, provider: name, priceId })),
          fallbackOn: 'any',
        },
        payload: JSON.stringify(PAYLOAD),
      });
      return id;
    },
    async read(id) {
      const found = await openJobReader(database).read(id);
      if (!found) throw new Error(`${id} is gone.`);
      return found.job;
    },
    async close() {
      await app.close();
      await test.drop();
      await rm(folder, { recursive: true });
    },
  };
}
