import { jobIdFromUuid, parseJobId, uuidOfJob, type TerminalStatus } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';
import { until } from '@switchyard/stage';
import type { Submission } from '../client/client-log.js';
import type { Actor } from '../stage/actor.js';
import type { Stage } from '../stage/stage.js';

/** A job that a worker holds. */
export interface HeldJob {
  readonly id: string;
  readonly pid: number;
  readonly crashes: number;
  /** Jobs that the same process holds, this one included. */
  readonly together: number;
}

/** Looks into the database from outside. */

/** The jobs that processes hold, by their process. */
export async function heldJobs(database: Database): Promise<HeldJob[]> {
  const rows = await database.query<{ job_id: string; pid: number; crashes: number; together: bigint }>(sql`
    select l.job_id, w.pid, l.crashes, count(*) over (partition by l.worker_id) as together
      from live_jobs l join workers w on w.id = l.worker_id`);
  return rows.map(({ job_id, pid, crashes, together }) => ({
    id: jobIdFromUuid(job_id),
    pid,
    crashes,
    together: Number(together),
  }));
}

/** Waits until a process holds so many jobs. */
export async function untilHolds(stage: Stage, actor: Actor, count: number): Promise<void> {
  await until(
    `${actor.role} holds ${count} jobs`,
    async () => (await heldJobs(stage.database)).filter(({ pid }) => pid === actor.pid).length >= count,
    10_000,
  );
}

/** How a job has ended. */
export interface EndedJob {
  readonly id: string;
  /** Null: it has not. */
  readonly outcome: TerminalStatus | null;
  readonly errorCode: string | null;
  readonly actualNano: bigint | null;
  readonly attempts: number;
  /** Some attempt was not charged by the vendor's figure. */
  readonly estimated: boolean;
}

/** Reads how these jobs have ended. */
export async function readEnded(database: Database, ids: readonly string[]): Promise<EndedJob[]> {
  const rows = await database.query<{
    id: string;
    outcome: TerminalStatus | null;
    code: string | null;
    actual_nano: bigint | null;
    attempts: bigint;
    estimated: boolean | null;
  }>(sql`
    select j.id, j.outcome::text as outcome, j.error->>'code' as code, j.actual_nano,
           count(a.number) as attempts, bool_or(a.estimated) as estimated
      from jobs j left join attempts a on a.job_id = j.id and a.started_at is not null
     where j.id = any (${uuidsOf(ids)}::uuid[])
     group by j.id, j.outcome, j.error, j.actual_nano`);
  return rows.map((row) => ({
    id: jobIdFromUuid(row.id),
    outcome: row.outcome,
    errorCode: row.code,
    actualNano: row.actual_nano,
    attempts: Number(row.attempts),
    estimated: row.estimated === true,
  }));
}

/** A job with where it was tried. */
export interface TriedJob {
  readonly id: string;
  readonly outcome: TerminalStatus | null;
  /** Where it ended. */
  readonly model: string;
  readonly tries: readonly Try[];
}

/** An attempt that ended. Its code is null where it succeeded; times in milliseconds since 1970. */
interface Try {
  readonly model: string;
  readonly code: string | null;
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** Reads where these jobs were tried. */
export async function readTries(database: Database, ids: readonly string[]): Promise<TriedJob[]> {
  const rows = await database.query<{
    id: string;
    outcome: TerminalStatus | null;
    model: string;
    tries: readonly Try[] | null;
  }>(sql`
    select j.id, j.outcome::text as outcome, (select model from lanes where id = j.lane_id) as model,
           (select json_agg(json_build_object(
                     'model', (select model from lanes where id = a.lane_id), 'code', a.error->>'code',
                     'startedAt', extract(epoch from a.started_at) * 1000,
                     'finishedAt', extract(epoch from a.finished_at) * 1000) order by a.number)
              from attempts a where a.job_id = j.id and a.started_at is not null) as tries
      from jobs j where j.id = any (${uuidsOf(ids)}::uuid[])`);
  return rows.map((row) => ({ ...row, id: jobIdFromUuid(row.id), tries: row.tries ?? [] }));
}

/** How many of the jobs with these markers are in the database. */
export async function countStored(database: Database, markers: readonly string[]): Promise<number> {
  const [row] = await database.query<{ jobs: bigint }>(sql`
    select count(*) as jobs from job_payloads where client_data->'metadata'->>'chaos' = any (${markers})`);
  return Number(row?.jobs ?? 0);
}

/** The ids of what was admitted. */
export function admittedIds(submissions: readonly Submission[]): string[] {
  return submissions.flatMap(({ jobId }) => (jobId === undefined ? [] : [jobId]));
}

function uuidsOf(ids: readonly string[]): string[] {
  return ids.flatMap((id) => {
    const jobId = parseJobId(id);
    return jobId === undefined ? [] : [uuidOfJob(jobId)];
  });
}
