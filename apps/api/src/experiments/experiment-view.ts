import { formatUsd, nanoUsd, type ExperimentMetric } from '@switchyard/contract';
import type { ArmEstimate, Comparison } from '@switchyard/experiments';
import type { ArmOutcomes } from '@switchyard/jobs';
import type { ExperimentReport } from './experiments.service.js';

/** An arm's mean of a metric, over how many answers of how many users. */
interface MetricView {
  /** Of cost: dollars as a decimal string; of latency: milliseconds; else 0 to 1. Null where nothing was measured. */
  readonly mean: number | string | null;
  readonly answers: number;
  readonly users: number;
}

/** An arm against the control. */
interface ComparisonView {
  readonly finding: Comparison['finding'];
  readonly difference: number;
  readonly interval: Comparison['interval'];
  readonly pValue: number;
}

/** An arm of a report. */
export interface ArmView {
  readonly name: string;
  readonly model: string;
  readonly version: string | null;
  readonly weight: number | null;
  readonly control: boolean;
  /** Jobs that were given it. */
  readonly assignments: number;
  readonly successes: number;
  readonly success: MetricView;
  readonly quality: MetricView;
  readonly cost: MetricView;
  readonly latency: MetricView;
  /** Against the control, by metric, where enough is known; of cost and latency in parts of the control's. */
  readonly comparisons: Readonly<Partial<Record<ExperimentMetric, ComparisonView>>>;
}

/** What `GET /v1/admin/experiments/{name}/report` answers. */
export interface ReportView {
  readonly name: string;
  readonly running: boolean;
  readonly goal: ExperimentMetric;
  readonly alias: string | null;
  readonly arms: readonly ArmView[];
  readonly verdict: { readonly decided: boolean; readonly winner: string | null; readonly reason: string };
}

export function viewReport({ name, settings, goal, arms, verdict }: ExperimentReport): ReportView {
  return {
    name,
    running: settings.running ?? true,
    goal,
    alias: settings.alias ?? null,
    arms: arms.map(({ judged, outcomes }, index): ArmView => {
      const arm = settings.arms[judged.name];
      return {
        name: judged.name,
        model: arm?.model ?? '',
        version: arm?.version ?? null,
        weight: arm?.weight ?? null,
        control: index === 0,
        assignments: outcomes?.assignments ?? 0,
        successes: outcomes?.metrics.success.total ?? 0,
        success: viewMetric('success', outcomes),
        quality: viewMetric('quality', outcomes),
        cost: viewMetric('cost', outcomes),
        latency: viewMetric('latency', outcomes),
        comparisons: judged.comparisons,
      };
    }),
    verdict: verdict.decided
      ? { decided: true, winner: verdict.winner, reason: `${verdict.winner} is better by ${goal}, beyond doubt.` }
      : { decided: false, winner: null, reason: verdict.reason },
  };
}

function viewMetric(metric: ExperimentMetric, outcomes: ArmOutcomes | undefined): MetricView {
  const { users, count, total }: Pick<ArmEstimate, 'users' | 'count'> & { total: number } = outcomes?.metrics[
    metric
  ] ?? { users: 0, count: 0, total: 0 };
  const mean = count === 0 ? null : total / count;
  return { mean: mean !== null && metric === 'cost' ? dollars(mean) : mean, answers: count, users };
}

function dollars(amount: number): string {
  return formatUsd(nanoUsd(BigInt(Math.round(amount * 1e9))));
}
