import { uuidOfJob, type JobId } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';

/** What a client says of a job's answer; the last word stands. */
export interface Feedback {
  readonly jobId: JobId;
  readonly tenantId: number;
  readonly keyId: number;
  /** Whose answer it was. */
  readonly model: string;
  /** The type of the task; null where it is not known, then no measurement is made of the score. */
  readonly task: string | null;
  /** 0 to 1. */
  readonly score: number | null;
  readonly expected: string | null;
  readonly label: string | null;
}

/** Keeps feedback. @returns when */
export async function giveFeedback(database: Database, said: Feedback): Promise<Date> {
  const { jobId, tenantId, keyId, model, task, score, expected, label } = said;
  const [row] = await database.query<{ at: Date }>(sql`
    select give_feedback(row(${uuidOfJob(jobId)}::uuid, ${tenantId}::integer, ${keyId}::integer, ${model}::text,
                             ${task}::text, ${score}::float8, ${expected}::text, ${label}::text, null)::feedback) as at`);
  if (!row) throw new Error('Feedback was kept without an answer.');
  return row.at;
}

const AT_ONCE = 10_000;

/** Folds scores into the measured quality of models. @returns how many */
export async function foldQuality(database: Database): Promise<number> {
  const [row] = await database.query<{ folded: number }>(sql`select fold_quality(${AT_ONCE}) as folded`);
  return row?.folded ?? 0;
}
