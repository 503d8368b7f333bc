import { EXPERIMENT_METRICS, type ExperimentMetric } from '@switchyard/contract';
import { sql, type Queryable } from '@switchyard/database';

/** Sums of one metric over the units of an arm: `count` answers of a unit have it, `total` is their sum. */
export interface MetricSums {
  /** Units with at least one such answer. */
  readonly users: number;
  readonly count: number;
  readonly countSquared: number;
  readonly total: number;
  readonly totalSquared: number;
  readonly totalTimesCount: number;
}

/** What the jobs brought that were given an arm. Costs are in dollars, latencies in milliseconds. */
export interface ArmOutcomes {
  readonly arm: string;
  /** Jobs that were given it, whatever has become of them. */
  readonly assignments: number;
  readonly metrics: Readonly<Record<ExperimentMetric, MetricSums>>;
}

interface SumsRow {
  readonly arm: string;
  readonly assignments: bigint;
  readonly metric: string;
  readonly users: bigint;
  readonly count: number;
  readonly count_squared: number;
  readonly total: number;
  readonly total_squared: number;
  readonly total_times_count: number;
}

/** Reads what an experiment's arms have brought so far; those that nobody was given are not there. */
export async function readExperiment(database: Queryable, name: string): Promise<readonly ArmOutcomes[]> {
  const rows = await database.query<SumsRow>(sql`select * from read_experiment(${name})`);
  return [...new Set(rows.map(({ arm }) => arm))].map((arm) => {
    const own = rows.filter((row) => row.arm === arm);
    const sums = EXPERIMENT_METRICS.map((metric) => [metric, sumsOf(own.find((row) => row.metric === metric))]);
    return {
      arm,
      assignments: Number(own[0]?.assignments ?? 0),
      metrics: Object.fromEntries(sums) as ArmOutcomes['metrics'],
    };
  });
}

function sumsOf(row: SumsRow | undefined): MetricSums {
  return {
    users: Number(row?.users ?? 0),
    count: row?.count ?? 0,
    countSquared: row?.count_squared ?? 0,
    total: row?.total ?? 0,
    totalSquared: row?.total_squared ?? 0,
    totalTimesCount: row?.total_times_count ?? 0,
  };
}
