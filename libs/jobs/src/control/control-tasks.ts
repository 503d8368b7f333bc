import { sql, type Database } from '@switchyard/database';
import type { Queue } from '@switchyard/queue';
import { TOPICS } from '../topics.js';

/**
 * What a vendor is asked outside a job: whether it answers, which models it has, for a fresh token, or for a word.
 * A worker of another version may be asked what it does not know; it answers that.
 */
export const CONTROL_KINDS = ['health', 'models', 'token', 'hello'] as const;
export type ControlKind = (typeof CONTROL_KINDS)[number];

/** A task as a worker has claimed it. */
export interface ControlTask {
  readonly id: bigint;
  readonly provider: string;
  /** One of {@link CONTROL_KINDS}, or of another version's. */
  readonly kind: string;
  readonly payload: unknown;
  /** Until nobody waits for the answer any longer. */
  readonly remainingMs: number;
}

/** What was never claimed or answered is kept for so long, in minutes, for whoever looks into it. */
const KEPT_MINUTES = 60;
const FORGET_AT_MOST = 1_000;

/** Claims tasks that nobody works on, the oldest first. Those of workers that died are anybody's again. */
export async function claimControlTasks(
  database: Database,
  claim: { readonly workerId: number; readonly providers: readonly string[]; readonly atMost: number },
): Promise<ControlTask[]> {
  const { workerId, providers, atMost } = claim;
  const rows = await database.query<Omit<ControlTask, 'remainingMs'> & { remaining_ms: number }>(sql`
    select id, provider, kind, payload, remaining_ms
      from claim_control_tasks(${workerId}, ${[...providers]}::text[], ${atMost})`);
  return rows.map(({ remaining_ms: remainingMs, ...task }) => ({ ...task, remainingMs }));
}

/**
 * Writes a task's answer, and tells who waits for it.
 * @param answer JSON without a secret in it.
 * @returns false where another worker has the task by now, or nobody waits any longer.
 */
export async function answerControlTask(
  { database, queue }: { readonly database: Database; readonly queue: Queue },
  task: { readonly id: bigint; readonly workerId: number },
  answer: unknown,
): Promise<boolean> {
  const [row] = await database.query<{ written: boolean }>(sql`
    select answer_control_task(${task.id}, ${task.workerId}, ${JSON.stringify(answer)}::jsonb) as written`);
  if (row?.written !== true) return false;
  queue.publish(TOPICS.controlAnswered, { id: String(task.id) });
  return true;
}

/** Deletes tasks that nobody has waited for within the last hour. @returns how many; more may be left when it is 1,000. */
export async function forgetControlTasks(database: Database): Promise<number> {
  const [row] = await database.query<{ forgotten: number }>(
    sql`select forget_control_tasks(${KEPT_MINUTES} * interval '1 minute', ${FORGET_AT_MOST}) as forgotten`,
  );
  return row?.forgotten ?? 0;
}
