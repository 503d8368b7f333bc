import { v7 as uuidV7 } from 'uuid';
import { readRefusal } from '@switchyard/budget';
import {
  jobIdFromUuid,
  uuidOfJob,
  type BudgetRefusal,
  type ChoiceView,
  type JobId,
  type JobType,
  type NanoUsd,
  type RateState,
  type TaskView,
} from '@switchyard/contract';
import { createGroup, isUnavailable, sql, type Queryable } from '@switchyard/database';
import type { Queue } from '@switchyard/queue';
import { exposureColumns, type Exposure } from './exposure.js';
import type { Plan } from './plan.js';

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
  /** What an attempt counts for in limits of tokens, prompt and answer together. Default 0. */
  readonly tokens?: number;
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
  /** Its first target is the one above. */
  readonly plan: Plan;
  /** A `JobPayload` as JSON. */
  readonly payload: string;
  /** What an experiment assigned. */
  readonly experiment?: Exposure;
  /** Under which key the same request is the same job. */
  readonly idempotency?: Idempotency;
  /** `reserve` is a rough bound: where a budget has no room for it, the answer is `recount`. Default false. */
  readonly mayRecount?: boolean;
}

/** What tells a repeated request from another one. */
export interface Idempotency {
  /** As the client gave it. */
  readonly key: string;
  /** Method and path: the same key on another route is another key. */
  readonly route: string;
  /** SHA-256 of the body as canonical JSON, in hexadecimal. */
  readonly digest: string;
}

/** What a client attached to a job. */
export interface ClientData {
  readonly metadata: Readonly<Record<string, string>>;
  readonly userId: string | null;
  readonly task: TaskView | null;
  /** Why it has the model that it has. */
  readonly choice?: ChoiceView;
}

/** A job that has been admitted; from here on it is never lost. */
export interface AdmittedJob {
  readonly id: JobId;
  readonly createdAt: Date;
  /** The budget that makes it wait. */
  readonly waitsFor?: BudgetRefusal;
  /** What is left of the limits of its key and tenant. */
  readonly rates: readonly RateState[];
}

/** What became of a job at the door. */
export type AdmissionVerdict =
  | { readonly verdict: 'admitted'; readonly job: AdmittedJob }
  /** Its idempotency key stands for this job, with the same body. */
  | { readonly verdict: 'replayed'; readonly id: JobId }
  /** Its idempotency key stands for another body. */
  | { readonly verdict: 'reused' }
  /** The limit of its key or tenant has no room for it until so many milliseconds from now. */
  | {
      readonly verdict: 'limited';
      readonly limit: string;
      readonly waitMs: number;
      readonly rates: readonly RateState[];
    }
  /** A budget has no room for it. */
  | { readonly verdict: 'refused' | 'recount'; readonly refusal: BudgetRefusal };

/** Lets jobs in. */
export interface Admission {
  /**
   * Commits the job with its idempotency key and its first reservation, then wakes a worker; or refuses it.
   * @throws what the database raised. After an `isUnavailable` one the same job may be admitted again: its id keeps
   * it one job even if the first try did commit.
   * @param signal Leaves a job that is not in a statement yet, and rejects with its reason.
   */
  admit(job: NewJob, signal?: AbortSignal): Promise<AdmissionVerdict>;
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
  const group = createGroup<AdmissionRow, AdmissionVerdict | 'again'>({
    name: 'admit jobs',
    run: async (rows) => await admitRows(database, rows),
    maxItems: 64,
    maxBytes: { limit: GROUP_BYTES, of: (row) => row.payload.length },
  });
  return {
    async admit(job, signal) {
      const verdict = await submitUntilJudged(() => group.submit(rowOf(job), signal));
      if (verdict.verdict !== 'admitted' || verdict.job.waitsFor) return verdict;
      const entry = { jobId: job.id, priority: job.priority, delayMs: job.delayMs };
      // Not awaited: the job is safe, and a lost entry is put back.
      void queue.addEntries(job.provider, [entry]).catch(() => undefined);
      return verdict;
    },
    drain: () => group.drain(),
  };
}

/**
 * A connection that broke may have committed; the same id makes the second try find the first. A twin whose key was held
 * by one that was not admitted is judged by itself.
 */
async function submitUntilJudged(submit: () => Promise<AdmissionVerdict | 'again'>): Promise<AdmissionVerdict> {
  for (let triedBefore = false; ;) {
    try {
      const verdict = await submit();
      if (verdict !== 'again') return verdict;
    } catch (error) {
      if (triedBefore || !isUnavailable(error)) throw error;
      triedBefore = true;
    }
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
    tokens: job.tokens,
    priority: job.priority,
    delay_ms: job.delayMs,
    expires_ms: job.expiresMs,
    timeout_ms: job.timeoutMs,
    retry_of: job.retryOf && uuidOfJob(job.retryOf),
    client_data: job.clientData,
    plan: job.plan,
    payload: job.payload,
    idempotency_key: job.idempotency?.key,
    route: job.idempotency?.route,
    digest: job.idempotency?.digest,
    may_recount: job.mayRecount,
    ...(job.experiment ? exposureColumns(job.experiment) : {}),
  };
}

interface VerdictRow {
  readonly place: number;
  readonly verdict: AdmissionVerdict['verdict'] | 'again';
  readonly job_id: string;
  readonly created_at: Date | null;
  readonly refusal: unknown;
  readonly rates: readonly RateState[] | null;
}

/** As `judge_rates` says it. */
interface Limited {
  readonly limit: string;
  readonly waitMs: number;
}

async function admitRows(database: Queryable, rows: readonly AdmissionRow[]): Promise<(AdmissionVerdict | 'again')[]> {
  const placed = rows.map((row, place) => ({ ...row, place }));
  const verdicts = await database.query<VerdictRow>(
    sql`select place, verdict, job_id, created_at, refusal, rates from admit_jobs(${JSON.stringify(placed)}::json)`,
  );
  const byPlace = new Map(verdicts.map((row) => [row.place, row]));
  return rows.map((_, place) => verdictOf(byPlace.get(place)));
}

function verdictOf(row: VerdictRow | undefined): AdmissionVerdict | 'again' {
  if (!row) throw new Error('A job was admitted without an answer.');
  const id = jobIdFromUuid(row.job_id);
  switch (row.verdict) {
    case 'admitted': {
      if (!row.created_at) throw new Error('A job was admitted without a time.');
      const waits = row.refusal === null ? {} : { waitsFor: readRefusal(row.refusal) };
      return { verdict: 'admitted', job: { id, createdAt: row.created_at, ...waits, rates: row.rates ?? [] } };
    }
    case 'limited': {
      const { limit, waitMs } = row.refusal as Limited;
      return { verdict: 'limited', limit, waitMs, rates: row.rates ?? [] };
    }
    case 'replayed':
      return { verdict: 'replayed', id };
    case 'reused':
      return { verdict: 'reused' };
    case 'refused':
    case 'recount':
      return { verdict: row.verdict, refusal: readRefusal(row.refusal) };
    case 'again':
      return 'again';
  }
}
