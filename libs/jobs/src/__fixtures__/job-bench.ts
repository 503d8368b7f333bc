import { nanoUsd, type FileId, type JobId } from '@switchyard/contract';
import { balanceLedger, openPriceDirectory, type LedgerBalance } from '@switchyard/budget';
import { openDatabase, sql, type Database } from '@switchyard/database';
import { createTestDatabase } from '@switchyard/database/testing';
import type { Queue } from '@switchyard/queue';
import { createTestQueue, type QueueEngine } from '@switchyard/queue/testing';
import { newJobId, openAdmission, type Admission, type AdmittedJob, type NewJob } from '../admit-jobs.js';
import { claimJobs, type ClaimedJob } from '../claim-jobs.js';
import type { OwnedJob } from '../job-view.js';
import type { Plan } from '../plan.js';
import { LEASE_MS, registerWorker } from '../lease.js';
import { openJobReader, type JobReader } from '../read-jobs.js';
import { openSettler, type Settlement, type Settler } from '../settle-attempts.js';
import { writeResult } from '../stored-result.js';

/** What one attempt of the bench reserves, in nano-dollars. */
export const RESERVED = nanoUsd(1_000n);
/** What a successful one costs. */
const COST = nanoUsd(700n);

/** A database and a queue of one spec, with two tenants, a key each, and shorthands for the steps of a job's life. */
export interface JobBench {
  readonly database: Database;
  readonly queue: Queue;
  readonly admission: Admission;
  readonly settler: Settler;
  readonly reader: JobReader;
  readonly tenants: readonly [number, number];
  /** Another pool over the same database, as another process has it; closed with the bench. */
  anotherDatabase(poolSize?: number): Database;
  /** A job with defaults that fit most specs. */
  job(overrides?: Partial<NewJob>): NewJob;
  /** A plan of these targets, each with what an attempt there reserves. */
  plan(...targets: readonly (readonly [provider: string, model: string, reserve?: bigint])[]): Plan;
  admit(overrides?: Partial<NewJob>): Promise<JobId>;
  /** Admits a job. @throws Error where it is not let in. */
  letIn(job: NewJob): Promise<AdmittedJob>;
  worker(): Promise<number>;
  claim(workerId: number, slots?: number, concurrency?: number, provider?: string): Promise<ClaimedJob[]>;
  read(id: JobId): Promise<OwnedJob['job']>;
  /** Makes the lease of a worker run out now. */
  killWorker(workerId: number): Promise<void>;
  ledger(): Promise<LedgerBalance>;
  /** Resolves once the reconciler trusts leases: it does not while the server has just started. */
  untilLeasesCount(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a bench. */
export async function openJobBench(engine: QueueEngine = 'postgres'): Promise<JobBench> {
  const test = await createTestDatabase();
  const pool = openDatabase({
    url: test.url,
    applicationName: 'bench queue',
    searchPath: 'bullmq',
    poolSize: 6,
  });
  const queues = await createTestQueue(engine, { postgresPool: pool.pool });
  const { database } = test;
  const others: Database[] = [];
  const tenants = [await makeTenant(database, 'acme'), await makeTenant(database, 'globex')] as const;
  const priceId = await openPriceDirectory(database).idOf('gpt-4', {
    inputPerMillion: nanoUsd(1n),
    outputPerMillion: nanoUsd(1n),
    perRequest: nanoUsd(0n),
    perImage: {},
    batchFactorPpm: 1_000_000,
    above: [],
  });
  const admission = openAdmission(database, queues.queue);
  const settler = openSettler(database, queues.queue);
  const reader = openJobReader(database);

  const bench: JobBench = {
    database,
    queue: queues.queue,
    admission,
    settler,
    reader,
    tenants,
    anotherDatabase(poolSize = 10) {
      const other = openDatabase({ url: test.url, applicationName: 'bench other', poolSize });
      others.push(other);
      return other;
    },
    job: (overrides = {}) => {
      const job = {
        id: newJobId(),
        tenantId: tenants[0],
        keyId: 1,
        type: 'generation' as const,
        provider: 'openai',
        model: 'gpt-4',
        modelVersion: null,
        priceId,
        reserve: RESERVED,
        priority: 5,
        delayMs: 0,
        expiresMs: 86_400_000,
        timeoutMs: 600_000,
        retryOf: null,
        clientData: { metadata: { colour: 'red' }, userId: 'user-1', task: null },
        payload: JSON.stringify({ version: 1, type: 'generation', request: {}, submission: {} }),
        ...overrides,
      };
      return { plan: bench.plan([job.provider, job.model, job.reserve]), ...job };
    },
    plan: (...targets) => ({
      targets: targets.map(([provider, model, reserve = RESERVED]) => ({
        provider,
        model,
        version: null,
        providerModel: model,
        priceId,
        reserveNano: String(reserve),
        params: {},
      })),
      fallbackOn: 'any',
    }),
    async admit(overrides) {
      const job = bench.job(overrides);
      await bench.letIn(job);
      return job.id;
    },
    async letIn(job) {
      const verdict = await admission.admit(job);
      if (verdict.verdict !== 'admitted') throw new Error(`The job was ${verdict.verdict}.`);
      return verdict.job;
    },
    worker: () => registerWorker(database, 'worker-openai'),
    claim: (workerId, slots = 10, concurrency = 100, provider = 'openai') =>
      claimJobs(database, { workerId, provider, slots, concurrency }).then((claim) => [...claim.jobs]),
    async read(id) {
      const found = await reader.read(id);
      const done = new AbortController();
      const whole = found?.leftOutBytes ? await reader.readWhole(found, { until: done.signal }) : found;
      done.abort();
      if (!whole) throw new Error(`${id} is gone.`);
      return whole.job;
    },
    async killWorker(workerId) {
      await database.query(
        sql`update workers set lease_until = clock_timestamp() - interval '1 s' where id = ${workerId}`,
      );
    },
    ledger: () => balanceLedger(database),
    async untilLeasesCount() {
      for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
        const [row] = await database.query<{ settled: boolean }>(
          sql`select clock_timestamp() - pg_postmaster_start_time() > ${LEASE_MS} * interval '1 ms' as settled`,
        );
        if (row?.settled === true) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error('The server keeps starting.');
    },
    async close() {
      await queues.close();
      await Promise.all([pool, ...others].map((each) => each.close()));
      await test.drop();
    },
  };
  return bench;
}

/** A settlement that ends its job well. */
export function success(job: ClaimedJob, content = 'an answer'): Settlement {
  const usage = { promptTokens: 3, completionTokens: 4, totalTokens: 7 };
  const result = writeResult(
    { content, model: 'gpt-4', usage, finishReason: 'stop', metadata: {} },
    { choices: [content] },
  );
  return {
    job,
    state: 'succeeded',
    call: 'answered',
    cost: COST,
    estimated: false,
    usage,
    then: { outcome: 'succeeded', result },
  };
}

/** An image that came as bytes, and the settlement that stores it. */
export function imageOf(content: string | Buffer): {
  readonly file: FileId;
  settlement(job: ClaimedJob): Settlement;
} {
  const usage = { promptTokens: 0, completionTokens: 0, totalTokens: 0, images: 1 };
  const base64 = Buffer.from(content).toString('base64');
  const result = writeResult({ images: [{ base64, mimeType: 'image/png' }], usage }, undefined);
  const [file] = result.files;
  if (!file) throw new Error('No file was made.');
  return {
    file: file.id,
    settlement: (job) => ({ ...success(job), usage, then: { outcome: 'succeeded', result } }),
  };
}

/** A settlement after which the job is tried again. Its error is none that opens a circuit breaker. */
export function tryAgain(job: ClaimedJob, parkMs: number): Settlement {
  const error = { type: 'provider_error', code: 'bad_response', message: 'gone', retryable: true } as const;
  const then = { outcome: null, parkMs, countsAs: 'try' } as const;
  return { job, state: 'failed', call: 'failed', cost: nanoUsd(0n), estimated: false, error, then };
}

/** A settlement after which the job is tried at the next target of its plan. */
export function moveOn(job: ClaimedJob): Settlement {
  return { ...tryAgain(job, 0), then: { outcome: 'moved' } };
}

async function makeTenant(database: Database, name: string): Promise<number> {
  const [row] = await database.query<{ id: number }>(
    sql`insert into tenants (name, source) values (${name}, 'file') returning id`,
  );
  if (!row) throw new Error('No tenant was made.');
  return row.id;
}
