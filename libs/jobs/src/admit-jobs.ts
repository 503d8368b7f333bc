import { v7 as uuidV7 } from 'uuid';
import { jobIdFromUuid, uuidOfJob, type JobId, type JobType, type NanoUsd, type TaskView } from '@switchyard/contract';
import { createGroup, isUnavailable, sql, type Queryable } from '@switchyard/database';
import type { Queue } from '@switchyard/queue';

/** A job that the gate lets in. */
export interface NewJob {
  readonly id: JobId;
  readonly tenantId: number;
  readonly keyId: number;
  readonly type: JobType;
  /** The first target's lane, price and reservation. */
  readonly provider: string;
  readonly model: string;
  readonly modelVersion: string | null;
  readonly priceId: number;
  readonly reserve: NanoUsd;
  /** 0 soonest to 9 last. */
  readonly priority: number;
  readonly delayMs: number;
  /** From the end of the delay to the first claim. */
  readonly expiresMs: number;
  /** From the first claim, over all attempts. */
  readonly timeoutMs: number;
  readonly retryOf: JobId | null;
  /** What the client attached and gets back. */
  readonly clientData: ClientData;
  /** A `JobPayload` as JSON. */
  readonly payload: string;
}

/** What a client attached to a job. */
export interface ClientData {
  readonly metadata: Readonly<Record<string, string>>;
  readonly userId: string | null;
  readonly task: TaskView | null;
}

/** A job that has been admitted; from here on it is never lost. */
export interface AdmittedJob {
  readonly id: JobId;
  readonly createdAt: Date;
}

/** Lets jobs in. */
export interface Admission {
  /**
   * Commits the job with its first reservation, then wakes a worker.
   * @throws what the database raised. After an `isUnavailable` one the same job may be admitted again: its id keeps
   * it one job even if the first try did commit.
   * @param signal Leaves a job that is not in a statement yet, and rejects with its reason.
   */
  admit(job: NewJob, signal?: AbortSignal): Promise<AdmittedJob>;
  /** Resolves when nothing is being admitted. */
  drain(): Promise<void>;
}

const GROUP_BYTES = 8 * 1024 * 1024;

/** Makes a new job's id. */
export function newJobId(): JobId {
  return jobIdFromUuid(uuidV7());
}

/** Opens the admission of one process. Jobs that come together are admitted together. */
export function openAdmission(database: Queryable, queue: Queue): Admission {
  const group = createGroup<AdmissionRow, AdmittedJob>({
    name: 'admit jobs',
    run: async (rows) => await admitRows(database, rows),
    maxItems: 64,
    maxBytes: { limit: GROUP_BYTES, of: (row) => row.payload.length },
  });
  return {
    async admit(job, signal) {
      const admitted = await submitTwice(() => group.submit(rowOf(job), signal));
      const entry = { jobId: job.id, priority: job.priority, delayMs: job.delayMs };
      // Not awaited: the job is safe, and a lost entry is put back.
      void queue.addEntries(job.provider, [entry]).catch(() => undefined);
      return admitted;
    },
    drain: () => group.drain(),
  };
}

/** A connection that broke may have committed; the same id makes the second try find the first. */
async function submitTwice(submit: () => Promise<AdmittedJob>): Promise<AdmittedJob> {
  try {
    return await submit();
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return await submit();
  }
}

interface AdmissionRow {
  readonly id: string;
  readonly payload: string;
  readonly [column: string]: unknown;
}

function rowOf(job: NewJob): AdmissionRow {
  return {
    id: uuidOfJob(job.id),
    tenant_id: job.tenantId,
    key_id: job.keyId,
    type: job.type,
    provider: job.provider,
    model: job.model,
    model_version: job.modelVersion,
    price_id: job.priceId,
    reserve_nano: job.reserve.toString(),
    priority: job.priority,
    delay_ms: job.delayMs,
    expires_ms: job.expiresMs,
    timeout_ms: job.timeoutMs,
    retry_of: job.retryOf && uuidOfJob(job.retryOf),
    client_data: job.clientData,
    payload: job.payload,
  };
}

async function admitRows(database: Queryable, rows: readonly AdmissionRow[]): Promise<AdmittedJob[]> {
  const admitted = await database.query<{ id: string; created_at: Date }>(
    sql`select id, created_at from admit_jobs(${JSON.stringify(rows)}::json)`,
  );
  const moments = new Map(admitted.map((row) => [row.id, row.created_at]));
  return rows.map((row) => {
    const createdAt = moments.get(row.id);
    if (!createdAt) throw new Error('A job was admitted without an answer.');
    return { id: jobIdFromUuid(row.id), createdAt };
  });
}
