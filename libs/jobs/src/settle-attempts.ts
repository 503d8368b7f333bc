import { jobIdFromUuid, uuidOfJob, type ErrorBody, type JobId, type NanoUsd, type Usage } from '@switchyard/contract';
import { createGroup, sql, type Queryable } from '@switchyard/database';
import type { Queue } from '@switchyard/queue';
import type { ClaimedJob } from './claim-jobs.js';
import { storeFile } from './files/store-file.js';
import type { Mend } from './mend.js';
import { LARGE_RESULT_BYTES, sizeOfRow, type StoredResult } from './stored-result.js';
import { endedNotice, TOPICS } from './topics.js';

/** How one attempt ended, what it cost, and how its job goes on. */
export interface Settlement {
  readonly job: Pick<ClaimedJob, 'id' | 'workerId' | 'epoch'>;
  readonly state: 'succeeded' | 'failed' | 'canceled' | 'unknown';
  /** What is known of the request on the wire. */
  readonly call: 'answered' | 'failed' | 'unsent' | 'unknown';
  /** Null: what the attempt reserved. */
  readonly cost: NanoUsd | null;
  /** The cost is not the vendor's figure. */
  readonly estimated: boolean;
  readonly usage?: Usage;
  readonly error?: ErrorBody;
  /** Of the job when it fails, where that is another than the attempt's. */
  readonly jobError?: ErrorBody;
  readonly then: SettledJob;
}

/** The job after its attempt: ended, put back for another one, or `moved` to the next target of its plan. */
export type SettledJob =
  | { readonly outcome: 'succeeded'; readonly result: StoredResult }
  | { readonly outcome: 'failed' | 'canceled' }
  | {
      readonly outcome: null;
      readonly parkMs: number;
      readonly countsAs: 'try' | 'wait' | 'nothing';
      /** What its next attempt at this target leaves out or lowers, because the vendor refused it. */
      readonly mend?: Mend;
    }
  | { readonly outcome: 'moved' };

/** `stale`: another epoch holds the job, and nothing was written. */
export type SettleVerdict = 'ended' | 'requeued' | 'moved' | 'stale';

/** A circuit breaker that opened because its model failed, or closed because it answered again. */
export interface CircuitChange {
  readonly provider: string;
  readonly model: string;
  readonly circuit: 'opened' | 'closed';
  /** Why it opened, in words; null where it closed. */
  readonly detail: string | null;
}

/** Writes how attempts ended. */
export interface Settler {
  /** @throws what the database raised; after an `isUnavailable` one the same settlement may be tried again. */
  settle(settlement: Settlement): Promise<SettleVerdict>;
  /** Resolves when nothing is being settled. */
  drain(): Promise<void>;
}

/** How long files are kept unless it is said, in milliseconds: 30 days. */
const KEPT_MS = 30 * 24 * 60 * 60_000;

/** What settlements go through. */
interface SettleTools {
  readonly database: Queryable;
  readonly queue: Queue;
  /** Told in the process whose settlement changed it. */
  readonly onCircuit: (change: CircuitChange) => void;
}

/**
 * Opens the settlements of one process. Those that come together are written together.
 * @param options `filesKeptMs`: how long the files of a result are kept, 30 days unless given.
 */
export function openSettler(
  database: Queryable,
  queue: Queue,
  {
    filesKeptMs = KEPT_MS,
    onCircuit = () => undefined,
  }: { readonly filesKeptMs?: number; readonly onCircuit?: SettleTools['onCircuit'] } = {},
): Settler {
  const group = createGroup<SettlementRow, SettleVerdict>({
    name: 'settle attempts',
    run: async (rows) => await settleRows({ database, queue, onCircuit }, rows),
    maxItems: 64,
  });
  return {
    async settle(settlement) {
      const { then } = settlement;
      // What is large is written first, alone; the settlement only points to it.
      for (const file of then.outcome === 'succeeded' ? then.result.files : [])
        if (!(await storeFile(database, settlement.job, file, filesKeptMs))) return 'stale';
      const large = then.outcome === 'succeeded' && sizeOfRow(then.result) > LARGE_RESULT_BYTES;
      if (large && !(await storeResult(database, settlement.job, then.result))) return 'stale';
      return await group.submit(rowOf(settlement, large));
    },
    drain: () => group.drain(),
  };
}

async function storeResult(database: Queryable, job: Settlement['job'], result: StoredResult): Promise<boolean> {
  const rows = await database.query<{ stored: boolean }>(sql`
    select store_result(${uuidOfJob(job.id)}::uuid, ${job.workerId}, ${job.epoch}, ${result.body}, ${result.vectors},
                        ${result.raw}) as stored`);
  return rows[0]?.stored === true;
}

type SettlementRow = Readonly<Record<string, unknown>>;

function rowOf(settlement: Settlement, stored: boolean): SettlementRow {
  const { job, usage, then } = settlement;
  const inline = then.outcome === 'succeeded' && !stored ? then.result : undefined;
  return {
    job_id: uuidOfJob(job.id),
    worker_id: job.workerId,
    epoch: job.epoch,
    state: settlement.state,
    call_state: settlement.call,
    cost_nano: settlement.cost?.toString() ?? null,
    estimated: settlement.estimated,
    prompt_tokens: usage?.promptTokens,
    completion_tokens: usage?.completionTokens,
    cached_tokens: usage?.cachedPromptTokens,
    reasoning_tokens: usage?.reasoningTokens,
    images: usage?.images,
    error: settlement.error && storableError(settlement.error),
    job_error: settlement.jobError && storableError(settlement.jobError),
    outcome: then.outcome === 'moved' ? null : then.outcome,
    moves: then.outcome === 'moved',
    ...(then.outcome === null
      ? {
          park_ms: Math.ceil(then.parkMs),
          counts_as_try: then.countsAs === 'try',
          counts_as_wait: then.countsAs === 'wait',
          mend: then.mend,
        }
      : {}),
    body: inline?.body,
    vectors: inline?.vectors?.toString('base64'),
    raw: inline?.raw,
    stored,
  };
}

/** A vendor's words may hold what `jsonb` refuses: NUL and halves of surrogate pairs. */
function storableError(error: ErrorBody): ErrorBody {
  return { ...error, message: error.message.toWellFormed().replaceAll('\u0000', '\ufffd') };
}

interface VerdictRow {
  readonly place: number;
  readonly job_id: string;
  readonly verdict: SettleVerdict;
  /** Where it moved to. */
  readonly moved_to: string | null;
  readonly priority: number;
}

interface CircuitRow {
  readonly verdict: 'circuit';
  readonly notice: CircuitChange;
}

async function settleRows(
  { database, queue, onCircuit }: SettleTools,
  rows: readonly SettlementRow[],
): Promise<SettleVerdict[]> {
  const placed = rows.map((row, place) => ({ ...row, place }));
  const answers = await database.query<VerdictRow | CircuitRow>(
    sql`select place, job_id, verdict, notice, moved_to, priority from settle_attempts(${JSON.stringify(placed)}::json)`,
  );
  const verdicts = answers.filter((row): row is VerdictRow => row.verdict !== 'circuit');
  for (const row of answers) if (row.verdict === 'circuit') onCircuit(row.notice);
  announceEnded(
    queue,
    verdicts.filter((row) => row.verdict === 'ended').map((row) => jobIdFromUuid(row.job_id)),
  );
  for (const { job_id, moved_to, priority } of verdicts.filter((row) => row.verdict === 'moved')) {
    // Not awaited, as at the admission: the job is safe, and a lost entry is put back.
    const entry = { jobId: jobIdFromUuid(job_id), priority };
    if (moved_to !== null) void queue.addEntries(moved_to, [entry]).catch(() => undefined);
  }
  const byPlace = new Map(verdicts.map((row) => [row.place, row.verdict]));
  return rows.map((_, place) => byPlace.get(place) ?? 'stale');
}

/** Tells whoever waits for them that jobs have ended. */
export function announceEnded(queue: Queue, ids: readonly JobId[]): void {
  if (ids.length > 0) queue.publish(TOPICS.ended, endedNotice(ids));
}
