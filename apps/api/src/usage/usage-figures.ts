import { rateUsage, type UsageRates, type UsageSums } from '@switchyard/budget';
import { formatUsd } from '@switchyard/contract';

/** A figure of a report: what it is, and how it follows from what was added up. */
interface Figure {
  readonly type: 'integer' | 'number' | 'dollars';
  readonly description: string;
  of(sums: UsageSums, rates: UsageRates): number | string | null;
}

const NULL_WITHOUT = 'Null where there was no request.';
const NEAR = `Within 5 % and a millisecond. ${NULL_WITHOUT}`;

/** Every figure of a report, in the order of its columns. */
const FIGURES = {
  totalRequests: {
    type: 'integer',
    description: 'Attempts that were sent to a provider and have ended; a job that was tried again counts again.',
    of: (_, rates) => rates.requests,
  },
  successfulRequests: { type: 'integer', description: 'Of these, those with an answer.', of: (sums) => sums.succeeded },
  failedRequests: {
    type: 'integer',
    description: 'Those that failed, and those whose outcome is unknown because their worker died.',
    of: (sums) => sums.failed,
  },
  canceledRequests: { type: 'integer', description: 'Those that were canceled.', of: (sums) => sums.canceled },
  estimatedRequests: {
    type: 'integer',
    description: 'Those whose cost was counted or is what was reserved, because the provider told none.',
    of: (sums) => sums.estimated,
  },
  errorRate: {
    type: 'number',
    description: `Failed of all, 0 to 1. ${NULL_WITHOUT}`,
    of: (_, rates) => rates.errorRate,
  },
  promptTokens: { type: 'integer', description: 'Tokens in.', of: (sums) => sums.promptTokens },
  completionTokens: { type: 'integer', description: 'Tokens out.', of: (sums) => sums.completionTokens },
  totalTokens: {
    type: 'integer',
    description: 'Tokens in and out.',
    of: (sums) => sums.promptTokens + sums.completionTokens,
  },
  cachedPromptTokens: {
    type: 'integer',
    description: 'Of the tokens in, those that the provider read from its cache.',
    of: (sums) => sums.cachedTokens,
  },
  reasoningTokens: {
    type: 'integer',
    description: 'Of the tokens out, those that the model thought with.',
    of: (sums) => sums.reasoningTokens,
  },
  images: { type: 'integer', description: 'Images made.', of: (sums) => sums.images },
  cost: { type: 'dollars', description: 'What was spent, to the nano-dollar.', of: (sums) => formatUsd(sums.cost) },
  bookedCost: {
    type: 'dollars',
    description: 'The part of it that arose outside and was booked.',
    of: (sums) => formatUsd(sums.bookedCost),
  },
  totalLatencyMs: {
    type: 'integer',
    description: 'Milliseconds from the claim to the settlement, of all requests together.',
    of: (sums) => sums.latencyMs,
  },
  averageLatencyMs: { type: 'number', description: NULL_WITHOUT, of: (_, rates) => rates.averageLatencyMs },
  p50LatencyMs: { type: 'integer', description: NEAR, of: (_, rates) => rates.p50LatencyMs },
  p95LatencyMs: { type: 'integer', description: NEAR, of: (_, rates) => rates.p95LatencyMs },
  p99LatencyMs: { type: 'integer', description: NEAR, of: (_, rates) => rates.p99LatencyMs },
} as const satisfies Readonly<Record<string, Figure>>;

/** The figures of one group, as the API answers them. */
export type UsageFigures = { readonly [Name in keyof typeof FIGURES]: ReturnType<(typeof FIGURES)[Name]['of']> };

export const FIGURE_NAMES = Object.keys(FIGURES);

/** Shows sums with what follows from them. */
export function viewFigures(sums: UsageSums): UsageFigures {
  const rates = rateUsage(sums);
  const shown = Object.entries<Figure>(FIGURES).map(([name, figure]) => [name, figure.of(sums, rates)]);
  return Object.fromEntries(shown) as UsageFigures;
}

/** Each figure's JSON Schema. */
export const FIGURE_SCHEMAS: Readonly<Record<string, object>> = Object.fromEntries(
  Object.entries<Figure>(FIGURES).map(([name, { type, description }]) => [
    name,
    type === 'dollars'
      ? { type: 'string', description: `${description} Dollars, a decimal string.`, examples: ['12.50'] }
      : { type: description.endsWith(NULL_WITHOUT) ? [type, 'null'] : type, description },
  ]),
);
