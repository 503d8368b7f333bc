import { jobIdFromUuid, uuidOfJob, type JobId, type JobStatus, type JobType } from '@switchyard/contract';
import { sql, type Queryable } from '@switchyard/database';
import { selectJobs, type JobRow } from './job-rows.js';
import { viewJob, type OwnedJob } from './job-view.js';

/** Which jobs a list names. */
export interface JobFilter {
  /** Absent: every tenant's. */
  readonly tenantId?: number;
  readonly status?: JobStatus;
  readonly type?: JobType;
  readonly model?: string;
}

/** Where a list goes on: after this job, in the order newest first. */
export interface ListPosition {
  readonly createdMicros: bigint;
  readonly id: JobId;
}

/** Which part of a list is asked for. */
export interface ListRange {
  /** Jobs at most, 1 to 100. */
  readonly limit: number;
  readonly after?: ListPosition;
}

/** One page of a list, newest first. */
export interface JobPage {
  readonly jobs: readonly OwnedJob[];
  /** Null at the end. */
  readonly next: ListPosition | null;
}

/** Jobs of a page before they are read. */
export interface FoundPage {
  /** UUIDs, one more than the limit where there is a next page. */
  readonly ids: readonly string[];
  /** What their results, errors and the clients' own data come to. */
  readonly bytes: number;
}

/** Results above this size are left out of lists, as they are of webhooks. */
const LISTED_RESULT_BYTES = 20_000;

/** Finds a page's jobs, and how much there would be to read. */
export async function findPage(
  database: Queryable,
  filter: JobFilter,
  { limit, after }: ListRange,
): Promise<FoundPage> {
  const { tenantId = null, status = null, type = null, model = null } = filter;
  // Kept apart, or the list would be looked up for each mention of it.
  const [found] = await database.query<{ ids: string[]; bytes: bigint }>(sql`
    with listed as materialized (select array(
      select list_jobs(${tenantId}, ${status}, ${type}::job_type, ${model},
                       timestamptz 'epoch' + ${after?.createdMicros ?? null}::bigint * interval '1 microsecond',
                       ${after ? uuidOfJob(after.id) : null}::uuid, ${limit + 1})) as ids)
    select ids, weigh_jobs(ids, ${LISTED_RESULT_BYTES}) as bytes from listed`);
  return { ids: found?.ids ?? [], bytes: Number(found?.bytes ?? 0n) };
}

/** Reads a page that was found. */
export async function readPage(database: Queryable, { ids }: FoundPage, { limit }: ListRange): Promise<JobPage> {
  const rows = await database.query<JobRow>(
    sql`${selectJobs(sql`${ids}::uuid[]`, { maxBytes: LISTED_RESULT_BYTES })} order by created_at desc, id desc`,
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last ? { createdMicros: last.created_micros, id: jobIdFromUuid(last.id) } : null;
  return { jobs: shown.map(viewJob), next };
}
