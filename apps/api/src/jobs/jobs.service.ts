import { Inject, Injectable } from '@nestjs/common';
import { GatewayError, isTerminal, parseJobId, type JobId, type JobView, type RateState } from '@switchyard/contract';
import type { Submission, Submitter } from '@switchyard/gate';
import {
  cancelJob,
  readSubmission,
  UnreadablePayloadError,
  type JobFilter,
  type HeldRead,
  type JobPage,
  type OwnedJob,
} from '@switchyard/jobs';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { timely } from '../http/timely.js';
import { readCursor, writeCursor } from './cursor.js';
import type { ListAllJobsQuery } from './list-jobs.query.js';

/** A job as this key may see it: with its tenant, where the key sees every tenant's. */
export type ShownJob = JobView & { readonly tenant?: string };

/** A page of jobs as the API answers it. */
export interface JobList {
  readonly data: readonly ShownJob[];
  readonly nextCursor: string | null;
}

/** A job that was let in, or that of the same request before. */
export interface SubmittedJob {
  readonly job: ShownJob;
  readonly replayed: boolean;
  /** What is left of the limits of its key and tenant. */
  readonly rates: readonly RateState[];
}

/** A cancel that took: the canceled job, or one whose call is still being closed. */
export interface CanceledJob {
  readonly done: boolean;
  readonly job: ShownJob;
}

/** A cancel of a running job is answered 202 when it takes longer, in milliseconds. */
const CANCEL_LIMIT_MS = 2_000;

/** How a job is read: how long to hold the answer while it goes on, and for whom. */
interface Read {
  readonly seconds: number;
  /** The vendor's own answer too. */
  readonly raw?: boolean;
  /** Aborted when the client has its answer or is gone. */
  readonly done: AbortSignal;
}

/** Whose jobs a list names, and for whom it is held. */
interface ListRead {
  /** Undefined: every tenant's. */
  readonly tenantId: number | undefined;
  /** Aborted when the client has its answer or is gone. */
  readonly done: AbortSignal;
}

/** A job as it is answered; `raw` where it was asked for, null where none was kept. */
type ReadJob = ShownJob & { readonly raw?: unknown };

/** What may be done with jobs, each by whoever may see it. */
@Injectable()
export class JobsService {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  async submit(submission: Omit<Submission, 'signal'>): Promise<SubmittedJob> {
    return await timely(async (signal) => await this.#admit({ ...submission, signal }));
  }

  /** A repeated request answers the job of the first as it is now. */
  async #admit(submission: Submission): Promise<SubmittedJob> {
    const submitted = await this.context.gate.submit(submission);
    const { submitter } = submission;
    const found = submitted.replayed
      ? owned(await this.context.reader.read(submitted.id), submitter)
      : { job: submitted.job, tenantId: submitter.tenantId };
    const rates = submitted.replayed ? [] : submitted.rates;
    return { replayed: submitted.replayed, job: this.#show(found, submitter), rates };
  }

  /** Reads a job; a wait ends early when the process is told to stop. What it takes is held until the answer is done. */
  async read(id: string, submitter: Submitter, { seconds, raw = false, done }: Read): Promise<ReadJob> {
    const { reader, waiter, leaving } = this.context;
    const jobId = knownId(id);
    const waitMs = seconds * 1_000;
    const deadline = performance.now() + waitMs;
    let found = owned(await timely(() => reader.read(jobId)), submitter);
    if (!isTerminal(found.job.status) && waitMs > 0) {
      const until = AbortSignal.any([leaving, done]);
      found = owned(await timely(() => waiter.wait(jobId, waitMs, until), waitMs), submitter);
    }
    // Nobody is there to read it.
    if (done.aborted) return this.#show(found, submitter);
    if (raw || found.leftOutBytes > 0) {
      const leftMs = Math.max(deadline - performance.now(), 0);
      const before = found;
      const read = (how: HeldRead): Promise<OwnedJob | undefined> => reader.readWhole(before, { ...how, raw });
      found = owned(await heldUntil(done, leftMs, read, before), submitter);
    }
    const shown = this.#show(found, submitter);
    return raw ? { ...shown, raw: found.raw === null ? null : (JSON.parse(found.raw) as unknown) } : shown;
  }

  /** Lists jobs. What a page takes is held until the answer is done. */
  async list(query: ListAllJobsQuery, submitter: Submitter, { tenantId, done }: ListRead): Promise<JobList> {
    if (query.batchId !== undefined) return { data: [], nextCursor: null };
    const { reader, registry } = this.context;
    const filter: JobFilter = {
      ...(tenantId === undefined ? {} : { tenantId }),
      ...(query.status === undefined ? {} : { status: query.status }),
      ...(query.type === undefined ? {} : { type: query.type }),
      ...(query.model === undefined ? {} : { model: registry.resolveModel(query.model)?.id ?? query.model }),
    };
    const after = query.cursor === undefined ? {} : { after: readCursor(query.cursor) };
    const range = { limit: query.limit, ...after };
    const read = (how: HeldRead): Promise<JobPage> => reader.list(filter, range, how);
    const page = await heldUntil(done, 0, read, { jobs: [], next: null });
    return {
      data: page.jobs.map((each) => this.#show(each, submitter)),
      nextCursor: page.next && writeCursor(page.next),
    };
  }

  /** Cancels a job; of a running one it waits a while for the call to be closed. */
  async cancel(id: string, submitter: Submitter): Promise<CanceledJob> {
    const { app, reader, waiter } = this.context;
    const jobId = knownId(id);
    return await timely(async () => {
      const { job: before } = owned(await reader.read(jobId), submitter);
      if (isTerminal(before.status)) throw ended(before);
      const verdict = await cancelJob(app.database, app.queue, jobId);
      const wait = verdict === 'running' ? CANCEL_LIMIT_MS : 0;
      const after = this.#show(owned(await waiter.wait(jobId, wait), submitter), submitter);
      if (verdict === 'ended' || (isTerminal(after.status) && after.status !== 'canceled')) throw ended(after);
      return { done: after.status === 'canceled', job: after };
    }, CANCEL_LIMIT_MS);
  }

  /** A job that did not succeed, again, as a new one of the same tenant. */
  async retry(id: string, submitter: Submitter, idempotency: Pick<Submission, 'idempotency'>): Promise<SubmittedJob> {
    const { app, keys, reader } = this.context;
    const jobId = knownId(id);
    return await timely(async (signal) => {
      const { job: failed, tenantId } = owned(await reader.read(jobId), submitter);
      refuseUnlessRetriable(failed);
      const payload = await readSubmission(app.database, jobId).catch(unlessUnreadable);
      if (!payload) {
        throw new GatewayError('conflict_error', 'What the job asked for is no longer kept; submit it again.');
      }
      const { simulate } = payload;
      return await this.#admit({
        body: payload.submission,
        submitter: {
          ...submitter,
          tenantId,
          tenant: keys.tenantName(tenantId) ?? submitter.tenant,
        },
        retryOf: jobId,
        ...idempotency,
        signal,
        ...(simulate === undefined ? {} : { simulate }),
      });
    });
  }

  #show({ job, tenantId }: Pick<OwnedJob, 'job' | 'tenantId'>, { key }: Submitter): ShownJob {
    const tenant = key.scopes.includes('admin') ? this.context.keys.tenantName(tenantId) : undefined;
    return tenant === undefined ? job : { ...job, tenant };
  }
}

/**
 * Reads what is held until the client has its answer, once there is room, for as long as `timely` waits.
 * @param forNobody What is answered where the client is gone and the read has left the line.
 */
async function heldUntil<Answer>(
  until: AbortSignal,
  waitMs: number,
  read: (how: HeldRead) => Promise<Answer>,
  forNobody: Answer,
): Promise<Answer> {
  try {
    return await timely((late) => read({ until, signal: AbortSignal.any([late, until]) }), waitMs);
  } catch (error) {
    if (until.aborted) return forNobody;
    throw error;
  }
}

function refuseUnlessRetriable({ status }: JobView): void {
  if (isTerminal(status) && status !== 'succeeded') return;
  const message = `The job is ${status}; only a failed, canceled or expired one can be retried.`;
  throw new GatewayError('conflict_error', message, { code: 'job_not_retriable' });
}

/** A body that an older version wrote is as good as dropped. */
export function unlessUnreadable(error: unknown): undefined {
  if (!(error instanceof UnreadablePayloadError)) throw error;
}

function ended(job: JobView): GatewayError {
  const message = `The job is ${job.status} already; it cannot be canceled any more.`;
  return new GatewayError('conflict_error', message, { code: 'job_ended' });
}

export function knownId(id: string): JobId {
  const jobId = parseJobId(id);
  if (!jobId) throw notFound();
  return jobId;
}

/** Another tenant's job and one that never was get the same answer. */
export function owned(found: OwnedJob | undefined, submitter: Submitter): OwnedJob {
  if (!found || (found.tenantId !== submitter.tenantId && !submitter.key.scopes.includes('admin'))) throw notFound();
  return found;
}

function notFound(): GatewayError {
  return new GatewayError('not_found_error', 'There is no such job; check its id.', { code: 'job_not_found' });
}
