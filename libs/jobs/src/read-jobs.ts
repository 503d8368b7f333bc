import { jobIdFromUuid, uuidOfJob, type JobId, type JobStatus, type JobType } from '@switchyard/contract';
import { createGroup, sql, type Database, type SqlStatement } from '@switchyard/database';
import { selectJobs, type JobRow, type ResultDetail } from './job-rows.js';
import { viewJob, type OwnedJob } from './job-view.js';
import { parsePayload, type JobPayload } from './payload.js';

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

/** One page of a list, newest first. */
export interface JobPage {
  readonly jobs: readonly OwnedJob[];
  /** Null at the end. */
  readonly next: ListPosition | null;
}

/** Results above this size are left out of lists, as they are of webhooks. */
const LISTED_RESULT_BYTES = 20_000;

/** Reads single jobs; those that are asked for together are read together. */
export interface JobReader {
  /** @returns undefined when there is no such job. */
  read(id: JobId): Promise<OwnedJob | undefined>;
}

/** Opens the reader of one process. */
export function openJobReader(database: Database): JobReader {
  const group = createGroup<JobId, OwnedJob | undefined>({
    name: 'read jobs',
    run: async (ids) => await readJobs(database, ids),
    lanes: 2,
  });
  return { read: (id) => group.submit(id) };
}

async function readJobs(database: Database, ids: readonly JobId[]): Promise<(OwnedJob | undefined)[]> {
  const uuids = [...new Set(ids.map(uuidOfJob))];
  const rows = await database.query<JobRow>(selectJobs(sql`select unnest(${uuids}::uuid[]) as id`));
  const jobs = new Map(rows.map((row) => [jobIdFromUuid(row.id), viewJob(row)]));
  return ids.map((id) => jobs.get(id));
}

/** Reads one job with as much of its result as is asked for. @returns undefined when there is no such job. */
export async function readJob(database: Database, id: JobId, detail: ResultDetail): Promise<OwnedJob | undefined> {
  const [row] = await database.query<JobRow>(selectJobs(sql`select ${uuidOfJob(id)}::uuid as id`, detail));
  return row && viewJob(row);
}

/** Reads what a job was admitted with. @returns undefined when it has been dropped. */
export async function readSubmission(database: Database, id: JobId): Promise<JobPayload | undefined> {
  const [row] = await database.query<{ payload: string }>(sql`
    select payload from jobs j join job_payloads p on p.day = j.payload_day and p.job_id = j.id
     where j.id = ${uuidOfJob(id)}::uuid`);
  return row && parsePayload(row.payload);
}

/** Lists jobs, newest first. @param limit 1 to 100. */
export async function listJobs(
  database: Database,
  filter: JobFilter,
  page: { readonly limit: number; readonly after?: ListPosition },
): Promise<JobPage> {
  const chosen = isLiveStatus(filter.status) ? liveIds(filter, page) : allIds(filter, page);
  const rows = await database.query<JobRow>(
    sql`${selectJobs(chosen, { maxBytes: LISTED_RESULT_BYTES })} order by j.created_at desc, j.id desc`,
  );
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  const next =
    rows.length > page.limit && last ? { createdMicros: last.created_micros, id: jobIdFromUuid(last.id) } : null;
  return { jobs: shown.map(viewJob), next };
}

function isLiveStatus(status: JobStatus | undefined): boolean {
  return status === 'queued' || status === 'running';
}

type Page = Parameters<typeof listJobs>[2];

function liveIds(filter: JobFilter, page: Page): SqlStatement {
  const lanes = sql`array(select id from lanes where model = ${filter.model ?? null})`;
  return sql`
    select l.job_id as id from live_jobs l
     where ${filter.status === 'running' ? sql`l.worker_id is not null` : sql`l.worker_id is null`}
           ${filter.tenantId === undefined ? sql`` : sql`and l.tenant_id = ${filter.tenantId}`}
           ${filter.type === undefined ? sql`` : sql`and l.type = ${filter.type}::job_type`}
           ${filter.model === undefined ? sql`` : sql`and l.lane_id = any (${lanes})`}
           ${page.after ? sql`and (l.created_at, l.job_id) < (${momentOf(page.after)}, ${uuidOfJob(page.after.id)}::uuid)` : sql``}
     order by l.created_at desc, l.job_id desc limit ${page.limit + 1}`;
}

/** Each look begins with the columns of one index and reads the newest of it, never more than a page. */
function allIds(filter: JobFilter, page: Page): SqlStatement {
  const newest = (scope: SqlStatement): SqlStatement => sql`
    select j.id, j.created_at from jobs j
     where ${scope}
           ${filter.status === undefined ? sql`` : sql`and j.outcome = ${filter.status}::job_outcome`}
           ${filter.type === undefined ? sql`` : sql`and j.type = ${filter.type}::job_type`}
           ${page.after ? sql`and (j.created_at, j.id) < (${momentOf(page.after)}, ${uuidOfJob(page.after.id)}::uuid)` : sql``}
     order by j.created_at desc, j.id desc limit ${page.limit + 1}`;
  const newestAmong = (places: SqlStatement, scope: SqlStatement): SqlStatement => sql`
    select newest.id from (${places}) place cross join lateral (${newest(scope)}) newest
     order by newest.created_at desc, newest.id desc limit ${page.limit + 1}`;

  const ofTenant = filter.tenantId === undefined ? sql`` : sql`and tenant_id = ${filter.tenantId}`;
  if (filter.model !== undefined) {
    return newestAmong(sql`select id from lanes where model = ${filter.model} ${ofTenant}`, sql`j.lane_id = place.id`);
  }
  if (filter.tenantId !== undefined) return newest(sql`j.tenant_id = ${filter.tenantId}`);
  if (filter.status === undefined && filter.type === undefined) return newest(sql`true`);
  return newestAmong(sql`select id from tenants`, sql`j.tenant_id = place.id`);
}

function momentOf(position: ListPosition): SqlStatement {
  return sql`timestamptz 'epoch' + ${position.createdMicros} * interval '1 microsecond'`;
}
