import { jobIdFromUuid, type TerminalStatus } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';
import type { AttemptRecord, JobRecord, LedgerSums } from './evidence.js';

interface JobRow {
  readonly id: string;
  readonly marker: string | null;
  readonly outcome: TerminalStatus | null;
  readonly live: boolean;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly actual_nano: bigint | null;
  readonly result_epoch: number | null;
  readonly result_epochs: readonly number[] | null;
  readonly error_type: string | null;
}

/** Reads all jobs. */
export async function readJobs(database: Database): Promise<JobRecord[]> {
  const rows = await database.query<JobRow>(sql`
    select j.id, p.client_data->'metadata'->>'chaos' as marker, j.outcome::text as outcome, l.job_id is not null as live,
           j.created_at, j.started_at, j.finished_at, j.actual_nano, j.result_epoch, j.error->>'type' as error_type,
           (select array_agg(r.epoch) from job_results r where r.job_id = j.id) as result_epochs
      from jobs j
      left join live_jobs l on l.job_id = j.id
      left join job_payloads p on p.job_id = j.id and p.day = j.payload_day
     order by j.created_at, j.id`);
  return rows.map((row) => ({
    id: jobIdFromUuid(row.id),
    marker: row.marker ?? undefined,
    outcome: row.outcome,
    isLive: row.live,
    createdAt: row.created_at.getTime(),
    startedAt: row.started_at?.getTime() ?? null,
    finishedAt: row.finished_at?.getTime() ?? null,
    actualNano: row.actual_nano,
    resultEpoch: row.result_epoch,
    resultEpochs: row.result_epochs ?? [],
    errorType: row.error_type ?? undefined,
  }));
}

interface AttemptRow {
  readonly job_id: string;
  readonly number: number;
  readonly state: string;
  readonly call_state: string | null;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly cost_nano: bigint | null;
  readonly estimated: boolean;
  readonly reserved: string;
  readonly overrun: string;
  readonly settled: string;
  readonly released: string;
  readonly settlements: bigint;
}

/** Reads all attempts with their calls and what was posted for them. */
export async function readAttempts(database: Database): Promise<AttemptRecord[]> {
  const rows = await database.query<AttemptRow>(sql`
    select a.job_id, a.number, a.state::text as state, c.state::text as call_state, a.started_at, a.finished_at,
           a.cost_nano, a.estimated,
           coalesce(sum(e.amount_nano) filter (where e.kind = 'reserve'), 0)::text as reserved,
           coalesce(sum(e.amount_nano) filter (where e.kind = 'overrun'), 0)::text as overrun,
           coalesce(sum(e.amount_nano) filter (where e.kind = 'settle'), 0)::text as settled,
           coalesce(sum(e.amount_nano) filter (where e.kind = 'release'), 0)::text as released,
           count(*) filter (where e.kind = 'settle') as settlements
      from attempts a
      left join calls c on c.id = a.call_id
      left join ledger_entries e on e.job_id = a.job_id and e.attempt = a.number
     group by a.job_id, a.number, a.state, c.state, a.started_at, a.finished_at, a.cost_nano, a.estimated`);
  return rows.map((row) => ({
    name: `${jobIdFromUuid(row.job_id)}/${row.number}`,
    jobId: jobIdFromUuid(row.job_id),
    state: row.state,
    callState: row.call_state,
    startedAt: row.started_at?.getTime() ?? null,
    finishedAt: row.finished_at?.getTime() ?? null,
    costNano: row.cost_nano,
    estimated: row.estimated,
    reserved: BigInt(row.reserved),
    overrun: BigInt(row.overrun),
    settled: BigInt(row.settled),
    released: BigInt(row.released),
    settlements: Number(row.settlements),
  }));
}

/** Adds the ledger up, account by account. */
export async function sumLedger(database: Database): Promise<LedgerSums> {
  const [row] = await database.query<{ debits: string; credits: string; held: string }>(sql`
    select coalesce(sum(amount_nano) filter (where debit is not null), 0)::text as debits,
           coalesce(sum(amount_nano) filter (where credit is not null), 0)::text as credits,
           coalesce(sum(case when debit = 'reserved' then amount_nano end), 0)
             - coalesce(sum(case when credit = 'reserved' then amount_nano end), 0) as held
      from ledger_entries`);
  return {
    debits: BigInt(row?.debits ?? 0),
    credits: BigInt(row?.credits ?? 0),
    held: BigInt(row?.held ?? 0),
  };
}

export async function countCalls(database: Database): Promise<number> {
  const [row] = await database.query<{ calls: bigint }>(sql`select count(*) as calls from calls`);
  return Number(row?.calls ?? 0);
}
