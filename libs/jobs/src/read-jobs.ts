import { jobIdFromUuid, uuidOfJob, type JobId, type JobStatus, type JobType } from '@switchyard/contract';
import { createGroup, sql, type Queryable } from '@switchyard/database';
import { createByteGate } from './byte-gate.js';
import { selectJobs, type JobRow, type ResultDetail } from './job-rows.js';
import { viewJob, type OwnedJob } from './job-view.js';
import { parsePayload, type JobPayload } from './payload.js';
import { LARGE_RESULT_BYTES, LONGEST_RAW } from './stored-result.js';

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

/** What a process holds of large results at once, in bytes as they are stored; in memory it is some times as much. */
const HELD_BYTES = 32 * 1024 * 1024;
/** Reads that may wait for that. */
const MAX_WAITING = 1_000;
/** Numbers as JSON, to their float32 in a row. */
const WRITTEN_TO_STORED = 4;

/** How a job is read with all of its result. */
export interface WholeRead {
  /** The vendor's own answer too. Default: false. */
  readonly raw?: boolean;
  /** Aborts when nobody holds the result any more: until then it takes room that others wait for. */
  readonly until: AbortSignal;
  /** Gives up a read that has not begun. Default: `until`. */
  readonly signal?: AbortSignal;
}

/** Reads single jobs. */
export interface JobReader {
  /**
   * Reads a job, without its result where that is large. Those that are asked for together are read together.
   * @returns undefined when there is no such job.
   */
  read(id: JobId): Promise<OwnedJob | undefined>;
  /**
   * Reads it again with all of its result, once there is room: however many ask, memory is bounded.
   * @param found What `read` answered.
   * @throws the reason of the signal while it waits for room, or an `isUnavailable` error where too many do.
   */
  readWhole(found: OwnedJob, how: WholeRead): Promise<OwnedJob | undefined>;
}

/** Opens the reader of one process. @param heldBytes Of large results at once. */
export function openJobReader(database: Queryable, heldBytes: number = HELD_BYTES): JobReader {
  const group = createGroup<JobId, OwnedJob | undefined>({
    name: 'read jobs',
    run: async (ids) => await readJobs(database, ids),
    lanes: 2,
  });
  const gate = createByteGate({ maxBytes: heldBytes, maxWaiting: MAX_WAITING });
  const alone = createGroup<{ id: JobId; raw: boolean }, OwnedJob | undefined>({
    name: 'read a large result',
    run: async (reads) => await Promise.all(reads.map(({ id, raw }) => readJob(database, id, { raw }))),
    maxItems: 1,
    // Others need connections too.
    lanes: 2,
  });
  return {
    read: (id) => group.submit(id),
    async readWhole(found, { raw = false, until, signal = until }) {
      const leave = await gate.enter(heldBytesOf(found, raw), signal);
      try {
        return await alone.submit({ id: found.job.id, raw }, signal);
      } catch (error) {
        leave();
        throw error;
      } finally {
        if (until.aborted) leave();
        else until.addEventListener('abort', leave, { once: true });
      }
    },
  };
}

function heldBytesOf({ job, leftOutBytes }: OwnedJob, raw: boolean): number {
  return leftOutBytes * (job.type === 'embedding' ? WRITTEN_TO_STORED : 1) + (raw ? LONGEST_RAW : 0);
}

async function readJobs(database: Queryable, ids: readonly JobId[]): Promise<(OwnedJob | undefined)[]> {
  const uuids = [...new Set(ids.map(uuidOfJob))];
  const rows = await database.query<JobRow>(selectJobs(sql`${uuids}::uuid[]`, { maxBytes: LARGE_RESULT_BYTES }));
  const jobs = new Map(rows.map((row) => [jobIdFromUuid(row.id), viewJob(row)]));
  return ids.map((id) => jobs.get(id));
}

/** Reads one job with as much of its result as is asked for. @returns undefined when there is no such job. */
export async function readJob(database: Queryable, id: JobId, detail: ResultDetail): Promise<OwnedJob | undefined> {
  const [row] = await database.query<JobRow>(selectJobs(sql`array[${uuidOfJob(id)}::uuid]`, detail));
  return row && viewJob(row);
}

/** Reads what a job was admitted with. @returns undefined when it has been dropped. */
export async function readSubmission(database: Queryable, id: JobId): Promise<JobPayload | undefined> {
  const [row] = await database.query<{ payload: string }>(sql`
    select payload from jobs j join job_payloads p on p.day = j.payload_day and p.job_id = j.id
     where j.id = ${uuidOfJob(id)}::uuid`);
  return row && parsePayload(row.payload);
}

/** Lists jobs, newest first. @param limit 1 to 100. */
export async function listJobs(
  database: Queryable,
  filter: JobFilter,
  { limit, after }: { readonly limit: number; readonly after?: ListPosition },
): Promise<JobPage> {
  const { tenantId = null, status = null, type = null, model = null } = filter;
  // One more than is shown tells whether there is a next page.
  const ids = sql`array(
    select list_jobs(${tenantId}, ${status}, ${type}::job_type, ${model},
                     timestamptz 'epoch' + ${after?.createdMicros ?? null}::bigint * interval '1 microsecond',
                     ${after ? uuidOfJob(after.id) : null}::uuid, ${limit + 1}))`;
  const rows = await database.query<JobRow>(
    sql`${selectJobs(ids, { maxBytes: LISTED_RESULT_BYTES })} order by created_at desc, id desc`,
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last ? { createdMicros: last.created_micros, id: jobIdFromUuid(last.id) } : null;
  return { jobs: shown.map(viewJob), next };
}
