import { nanoUsd, type NanoUsd } from '@switchyard/contract';
import { mergeHistograms, percentile, type LatencyHistogram } from './latency-histogram.js';

/** What usage may be told apart by; a day is one of UTC. */
export const USAGE_DIMENSIONS = ['model', 'provider', 'tenant', 'key', 'day'] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

/** Figures that add up. Requests are attempts that were sent and have been settled. */
export interface UsageSums {
  readonly succeeded: number;
  /** With those whose outcome is unknown, because their worker died. */
  readonly failed: number;
  readonly canceled: number;
  /** Those whose cost is not the vendor's figure: counted, or what was reserved. */
  readonly estimated: number;
  /** From the claim to the settlement, in milliseconds, of all requests together. */
  readonly latencyMs: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly images: number;
  readonly cost: NanoUsd;
  /** The part of `cost` that arose outside and was booked. */
  readonly bookedCost: NanoUsd;
  readonly latencies: LatencyHistogram;
}

/** Where usage belongs: only the dimensions that were asked for; no key is null. */
export type UsageGroup = Partial<Readonly<Record<UsageDimension, string | null>>>;

/** Usage of one group. */
export interface UsageRow {
  readonly group: UsageGroup;
  readonly sums: UsageSums;
}

/** Adds rows up, whatever they were grouped by. */
export function addUsage(rows: readonly UsageSums[]): UsageSums {
  const sum = (figure: (row: UsageSums) => number): number => rows.reduce((total, row) => total + figure(row), 0);
  const money = (figure: (row: UsageSums) => NanoUsd): NanoUsd =>
    nanoUsd(rows.reduce((total, row) => total + figure(row), 0n));
  return {
    succeeded: sum((row) => row.succeeded),
    failed: sum((row) => row.failed),
    canceled: sum((row) => row.canceled),
    estimated: sum((row) => row.estimated),
    latencyMs: sum((row) => row.latencyMs),
    promptTokens: sum((row) => row.promptTokens),
    completionTokens: sum((row) => row.completionTokens),
    cachedTokens: sum((row) => row.cachedTokens),
    reasoningTokens: sum((row) => row.reasoningTokens),
    images: sum((row) => row.images),
    cost: money((row) => row.cost),
    bookedCost: money((row) => row.bookedCost),
    latencies: mergeHistograms(rows.map((row) => row.latencies)),
  };
}

/** Figures that follow from the sums; latencies and rates are null where there was no request. */
export interface UsageRates {
  readonly requests: number;
  /** Failed of all, 0 to 1. */
  readonly errorRate: number | null;
  readonly averageLatencyMs: number | null;
  /** See {@link percentile} for how precise they are. */
  readonly p50LatencyMs: number | null;
  readonly p95LatencyMs: number | null;
  readonly p99LatencyMs: number | null;
}

/** Derives what does not add up. */
export function rateUsage(sums: UsageSums): UsageRates {
  const requests = sums.succeeded + sums.failed + sums.canceled;
  return {
    requests,
    errorRate: requests === 0 ? null : Number((sums.failed / requests).toFixed(6)),
    averageLatencyMs: requests === 0 ? null : Number((sums.latencyMs / requests).toFixed(3)),
    p50LatencyMs: percentile(sums.latencies, 0.5),
    p95LatencyMs: percentile(sums.latencies, 0.95),
    p99LatencyMs: percentile(sums.latencies, 0.99),
  };
}
