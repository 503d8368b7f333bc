import { Inject, Injectable } from '@nestjs/common';
import { GatewayError, isTerminal, parseJobId, type JobId, type JobView } from '@switchyard/contract';
import type { Submitter } from '@switchyard/gate';
import { cancelJob, listJobs, readJob, readSubmission, type JobFilter, type OwnedJob } from '@switchyard/jobs';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { readCursor, writeCursor } from './cursor.js';
import type { ListAllJobsQuery } from './list-jobs.query.js';

/** A page of jobs as the API answers it. */
export interface JobList {
  readonly data: readonly JobView[];
  readonly nextCursor: string | null;
}

/** A cancel that took: the canceled job, or one whose call is still being closed. */
export interface CanceledJob {
  readonly done: boolean;
  readonly job: JobView;
}

/** A cancel of a running job is answered 202 when it takes longer, in milliseconds. */
const CANCEL_LIMIT_MS = 2_000;

/** What may be done with jobs, each by whoever may see it. */
@Injectable()
export class JobsService {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  async submit(
    body: unknown,
    submitter: Submitter,
    options: { readonly simulate?: string; readonly retryOf?: JobId } = {},
  ): Promise<JobView> {
    return await this.context.gate.submit({ body, submitter, ...options });
  }

  async read(id: string, submitter: Submitter, wait: { readonly seconds: number; readonly signal: AbortSignal }): Promise<JobView> {
    const jobId = knownId(id);
    const first = owned(await this.context.reader.read(jobId), submitter);
    if (isTerminal(first.status) || wait.seconds === 0) return first;
    return owned(await this.context.waiter.wait(jobId, wait.seconds * 1_000, wait.signal), submitter);
  }

  /** The job with the vendor's own answer, where one was kept. */
  async readRaw(id: string, submitter: Submitter): Promise<JobView & { readonly raw: unknown }> {
    const found = await readJob(this.context.app.database, knownId(id), { raw: true });
    const job = owned(found, submitter);
    return { ...job, raw: found?.raw === null || found?.raw === undefined ? null : (JSON.parse(found.raw) as unknown) };
  }

  async list(query: ListAllJobsQuery, tenantId: number | undefined): Promise<JobList> {
    if (query.batchId !== undefined) return { data: [], nextCursor: null };
    const filter: JobFilter = {
      ...(tenantId === undefined ? {} : { tenantId }),
      ...(query.status === undefined ? {} : { status: query.status }),
      ...(query.type === undefined ? {} : { type: query.type }),
      ...(query.model === undefined ? {} : { model: query.model }),
    };
    const after = query.cursor === undefined ? {} : { after: readCursor(query.cursor) };
    const page = await listJobs(this.context.app.database, filter, { limit: query.limit, ...after });
    return { data: page.jobs.map(({ job }) => job), nextCursor: page.next && writeCursor(page.next) };
  }

  async cancel(id: string, submitter: Submitter): Promise<CanceledJob> {
    const { app, reader, waiter } = this.context;
    const jobId = knownId(id);
    const before = owned(await reader.read(jobId), submitter);
    if (isTerminal(before.status)) throw ended(before);
    const verdict = await cancelJob(app.database, app.queue, jobId);
    const after = owned(await waiter.wait(jobId, verdict === 'running' ? CANCEL_LIMIT_MS : 0), submitter);
    if (isTerminal(after.status) && after.status !== 'canceled') throw ended(after);
    return { done: after.status === 'canceled', job: after };
  }

  /** A job that did not succeed, again, as a new one of the same tenant. */
  async retry(id: string, submitter: Submitter): Promise<JobView> {
    const { app, reader } = this.context;
    const jobId = knownId(id);
    const found = await reader.read(jobId);
    const job = owned(found, submitter);
    if (!isTerminal(job.status) || job.status === 'succeeded') {
      throw new GatewayError('conflict_error', `The job is ${job.status}; only a failed, canceled or expired one can be retried.`);
    }
    const payload = await readSubmission(app.database, jobId);
    if (!payload || !found) throw new GatewayError('conflict_error', 'What the job asked for is no longer kept; submit it again.');
    const simulate = payload.headers?.['x-simulate'];
    return await this.submit(
      payload.submission,
      { ...submitter, tenantId: found.tenantId },
      { retryOf: jobId, ...(simulate === undefined ? {} : { simulate }) },
    );
  }
}

function ended(job: JobView): GatewayError {
  return new GatewayError('conflict_error', `The job is ${job.status} already; it cannot be canceled any more.`);
}

function knownId(id: string): JobId {
  const jobId = parseJobId(id);
  if (!jobId) throw notFound();
  return jobId;
}

/** Another tenant's job and one that never was get the same answer. */
function owned(found: OwnedJob | undefined, submitter: Submitter): JobView {
  if (!found || (found.tenantId !== submitter.tenantId && !submitter.key.scopes.includes('admin'))) throw notFound();
  return found.job;
}

function notFound(): GatewayError {
  return new GatewayError('not_found_error', 'There is no such job; check its id.', { code: 'job_not_found' });
}
