import { TASK_TYPES, type TaskType } from '@switchyard/contract';
import { sql, type Queryable } from '@switchyard/database';

/** What was seen of a model lately. Absent values were not measured. */
export interface MeasuredModel {
  /** Of an attempt that succeeded, in milliseconds. */
  readonly latencyMs?: number;
  /** Part of the attempts that failed by the vendor's fault, 0 to 1. */
  readonly errorRate?: number;
  /** Mean score of its answers by task, 0 to 1. */
  readonly quality?: Readonly<Partial<Record<TaskType, number>>>;
  /** Jobs that run or wait for it. */
  readonly busy?: number;
  /** False while a gate keeps all of its jobs waiting. */
  readonly available: boolean;
}

/** Less than half an answer's weight says nothing of now: at a half-life of ten minutes, one of ten minutes ago. */
const LEAST_ANSWERS = 0.5;
/** Scores that a mean is taken of, at the least. */
const LEAST_SCORES = 3;
/** Attempts without a fault that every model is credited with, so that a single failure is not all that is known. */
const CREDIT = 2;

interface MeasurementRow {
  readonly model: string;
  readonly faults: number;
  readonly answers: number;
  readonly latency_ms: number;
  readonly available: boolean;
  readonly busy: bigint | null;
}

interface QualityRow {
  readonly model: string;
  readonly task: string;
  readonly weight: number;
  readonly score: number;
}

/** Reads what was measured of every model, by its id. @param withBusy Also how much is under way, which costs more. */
export async function readMeasurements(
  database: Queryable,
  { withBusy }: { readonly withBusy: boolean },
): Promise<Map<string, MeasuredModel>> {
  const rows = await database.query<MeasurementRow>(sql`
    select model, faults, answers, latency_ms, available, busy from read_measurements(${withBusy})`);
  const scores = await database.query<QualityRow>(sql`
    select q.model, q.task, q.weight * left_of as weight, q.score / nullif(q.weight, 0) as score
      from model_quality q cross join half_lives() h
     cross join lateral faded(clock_timestamp() - q.at, h.of_scores) as left_of`);
  const quality = Map.groupBy(scores.filter(isKnown), ({ model }) => model);
  return new Map(rows.map((row) => [row.model, measuredOf(row, quality.get(row.model) ?? [])]));
}

const KNOWN_TYPES: ReadonlySet<string> = new Set(TASK_TYPES);

function isKnown({ task, weight }: QualityRow): boolean {
  // What was taken back again leaves a rest that is not quite nothing.
  return KNOWN_TYPES.has(task) && weight >= LEAST_SCORES - 0.01;
}

function measuredOf(row: MeasurementRow, scores: readonly QualityRow[]): MeasuredModel {
  const { faults, answers, available, busy } = row;
  const quality = Object.fromEntries(scores.map(({ task, score }) => [task, Math.min(1, Math.max(0, score))]));
  return {
    available,
    ...(answers < LEAST_ANSWERS ? {} : { latencyMs: row.latency_ms / answers }),
    ...(faults + answers < LEAST_ANSWERS ? {} : { errorRate: faults / (faults + answers + CREDIT) }),
    ...(scores.length === 0 ? {} : { quality }),
    ...(busy === null ? {} : { busy: Number(busy) }),
  };
}
