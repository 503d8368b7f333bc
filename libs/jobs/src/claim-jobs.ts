import { jobIdFromUuid, nanoUsd, type JobId, type JobType, type NanoUsd } from '@switchyard/contract';
import { sql, type Queryable } from '@switchyard/database';

/** A job in the hands of a worker, for as long as its epoch holds. */
export interface ClaimedJob {
  readonly id: JobId;
  readonly workerId: number;
  /** Fences every later write. */
  readonly epoch: number;
  readonly attempt: number;
  readonly type: JobType;
  readonly tenantId: number;
  readonly model: string;
  readonly modelVersion: string | null;
  /** Unparsed (`readPrice`): a damaged one fails its job, not the claim, as with the payload. */
  readonly price: unknown;
  readonly reserved: NanoUsd;
  /** Milliseconds until its time over all attempts is up, when it was claimed. */
  readonly remainingMs: number;
  /** Attempts on this target that counted. */
  readonly tries: number;
  /** Waits for this target's rate limit. */
  readonly waits: number;
  /** Workers that died under it. */
  readonly crashes: number;
  /** The target of its plan that it is at, from 0. */
  readonly target: number;
  /** Why it left each target before, in their order, as far as that is known. */
  readonly moves: readonly unknown[];
  /** Unparsed (`parseMend`): what this target refused of the request before; null where it has refused nothing. */
  readonly mend: unknown;
  /** Unparsed (`parsePlan`); null when it has been dropped. */
  readonly plan: unknown;
  /** Unparsed; empty when it has been dropped. */
  readonly payload: string;
  /** Where a rate limit counts it; null where none does. */
  readonly counted: CountedCall | null;
}

/** A call that a rate limit counts. */
export interface CountedCall {
  /** By the database, in milliseconds since 1970. */
  readonly stampedMs: bigint;
  /** By `performance.now`, not after that. */
  readonly since: number;
  /** It leaves so soon after, or is counted anew. */
  readonly leaveWithinMs: number;
}

/** What one claim brought. */
export interface Claim {
  readonly jobs: readonly ClaimedJob[];
  /** Those that it ended: a budget that blocks had no room for their next attempt. */
  readonly ended: readonly JobId[];
  /** How many it left waiting for a budget. Others may be claimed in their place. */
  readonly waiting: number;
  /** Slots were left because of gates or limits, and it pays to ask again in so many milliseconds; else undefined. */
  readonly askAgainMs: number | undefined;
}

interface ClaimRow {
  readonly verdict: 'claimed' | 'ended' | 'waiting' | 'later';
  readonly job_id: string;
  readonly epoch: number;
  readonly attempt: number;
  readonly type: JobType;
  readonly tenant_id: number;
  readonly model: string;
  readonly model_version: string | null;
  readonly price: unknown;
  readonly reserved_nano: bigint;
  readonly remaining_ms: number;
  readonly tries: number;
  readonly waits: number;
  readonly crashes: number;
  readonly target: number;
  readonly moves: readonly unknown[] | null;
  readonly mend: unknown;
  readonly plan: unknown;
  readonly payload: string;
  readonly leave_within_ms: number | null;
  readonly stamped_ms: bigint;
}

/**
 * Claims up to `slots` jobs of a provider for a worker: the database chooses, opens the attempts and records the calls.
 * @param concurrency Jobs of this provider that may run at once over all workers.
 */
export async function claimJobs(
  database: Queryable,
  claim: { readonly workerId: number; readonly provider: string; readonly slots: number; readonly concurrency: number },
): Promise<Claim> {
  const since = performance.now();
  const rows = await database.query<ClaimRow>(sql`
    select verdict, job_id, epoch, attempt, type, tenant_id, model, model_version, price, reserved_nano, remaining_ms, tries,
           waits, crashes, target, moves, mend, plan, payload, leave_within_ms, stamped_ms
      from claim_jobs(${claim.workerId}, ${claim.provider}, ${claim.slots}, ${claim.concurrency})`);
  const claimed = rows.filter((row) => row.verdict === 'claimed');
  const later = rows.find((row) => row.verdict === 'later');
  const ended = rows.filter((row) => row.verdict === 'ended').map((row) => jobIdFromUuid(row.job_id));
  const jobs = claimed.map((row) => ({
    id: jobIdFromUuid(row.job_id),
    workerId: claim.workerId,
    epoch: row.epoch,
    attempt: row.attempt,
    type: row.type,
    tenantId: row.tenant_id,
    model: row.model,
    modelVersion: row.model_version,
    price: row.price,
    reserved: nanoUsd(row.reserved_nano),
    remainingMs: row.remaining_ms,
    tries: row.tries,
    waits: row.waits,
    crashes: row.crashes,
    target: row.target,
    moves: row.moves ?? [],
    mend: row.mend,
    plan: row.plan,
    payload: row.payload,
    counted:
      row.leave_within_ms === null ? null : { stampedMs: row.stamped_ms, since, leaveWithinMs: row.leave_within_ms },
  }));
  const waiting = rows.filter((row) => row.verdict === 'waiting').length;
  return { jobs, ended, waiting, askAgainMs: later?.remaining_ms };
}
