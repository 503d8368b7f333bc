import { jobIdFromUuid, uuidOfJob, type JobId } from '@switchyard/contract';
import { createGroup, sql, type Queryable } from '@switchyard/database';
import { createByteGate } from './byte-gate.js';
import { selectJobs, type JobRow, type ResultDetail } from './job-rows.js';
import { viewJob, type OwnedJob } from './job-view.js';
import { findPage, readPage, type JobFilter, type JobPage, type ListRange } from './list-jobs.js';
import { parsePayload, type JobPayload } from './payload.js';
import { LARGE_RESULT_BYTES, LONGEST_RAW } from './stored-result.js';

/** What a process holds of large results and lists at once, in bytes as they are stored; in memory it is some times as much. */
const HELD_BYTES = 32 * 1024 * 1024;
/** Reads that may wait for that. */
const MAX_WAITING = 1_000;
/** Numbers as JSON, to their float32 in a row. */
const WRITTEN_TO_STORED = 4;

/** How long what is read is held, and waited for. */
export interface HeldRead {
  /** Aborts when nobody holds it any more: until then it takes room that others wait for. */
  readonly until: AbortSignal;
  /** Gives up a read that has not begun. Default: `until`. */
  readonly signal?: AbortSignal;
}

/** How a job is read with all of its result. */
export interface WholeRead extends HeldRead {
  /** The vendor's own answer too. Default: false. */
  readonly raw?: boolean;
}

/** Reads jobs. */
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
  /**
   * Lists jobs, newest first, once there is room for what they hold; a page that holds little waits for none.
   * @throws as `readWhole` does
   */
  list(filter: JobFilter, range: ListRange, how: HeldRead): Promise<JobPage>;
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
  async function hold<Read>(
    bytes: number,
    { until, signal = until }: HeldRead,
    read: () => Promise<Read>,
  ): Promise<Read> {
    const leave = await gate.enter(bytes, signal);
    try {
      return await read();
    } catch (error) {
      leave();
      throw error;
    } finally {
      if (until.aborted) leave();
      else until.addEventListener('abort', leave, { once: true });
    }
  }

  return {
    read: (id) => group.submit(id),
    async readWhole(found, { raw = false, ...how }) {
      const read = { id: found.job.id, raw };
      return await hold(heldBytesOf(found, raw), how, () => alone.submit(read, how.signal ?? how.until));
    },
    async list(filter, range, how) {
      const found = await findPage(database, filter, range);
      const read = (): Promise<JobPage> => readPage(database, found, range);
      return found.bytes <= LARGE_RESULT_BYTES ? await read() : await hold(found.bytes, how, read);
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
