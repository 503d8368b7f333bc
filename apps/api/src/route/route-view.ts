import { formatUsd, type TaskView, type WaitingView } from '@switchyard/contract';
import type { Route } from '@switchyard/gate';

/** What would be chosen for a job, as the API answers it. */
export interface RouteView {
  readonly chosen: { readonly provider: string; readonly model: string; readonly version: string | null } | null;
  readonly reason: string | null;
  readonly candidates: readonly CandidateView[];
  readonly task: TaskView | null;
  readonly rule: string | null;
  readonly loadBalancer: string | null;
  readonly experiment: { readonly name: string; readonly arm: string } | null;
  readonly waiting: WaitingView | null;
  /** Why nothing would be chosen. */
  readonly error: {
    readonly type: string;
    readonly code: string;
    readonly message: string;
    readonly param: string | null;
  } | null;
}

interface CandidateView {
  readonly provider: string;
  readonly model: string;
  readonly version: string | null;
  readonly score: number;
  readonly parts: Route['candidates'][number]['parts'];
  readonly kept: boolean;
  readonly reason: string;
  readonly estimatedCost: string;
  readonly admitted: boolean;
  readonly budget: string | null;
}

export function viewRoute(route: Route): RouteView {
  const { chosen, reason, rule, loadBalancer, experiment, task, refusal, candidates } = route;
  return {
    chosen: chosen ? { provider: chosen.provider, model: chosen.id, version: chosen.version } : null,
    reason: reason ?? null,
    candidates: candidates.map(({ model, estimatedCost, fullBudget, score, parts, kept, reason: why }) => ({
      provider: model.provider,
      model: model.id,
      version: model.version,
      score,
      parts,
      kept,
      reason: why,
      estimatedCost: formatUsd(estimatedCost),
      admitted: fullBudget === undefined,
      budget: fullBudget ?? null,
    })),
    task,
    rule: rule ?? null,
    loadBalancer: loadBalancer ?? null,
    experiment: experiment ? { name: experiment.name, arm: experiment.arm } : null,
    waiting: null,
    error: refusal
      ? { type: refusal.type, code: refusal.code, message: refusal.message, param: refusal.param ?? null }
      : null,
  };
}

const text = { type: 'string' };
const textOrNull = { type: ['string', 'null'] };
const share = { type: 'number', minimum: 0, maximum: 1 };
const whole = (properties: object): object => ({ type: 'object', required: Object.keys(properties), properties });

const parts = ['fit', 'window', 'cost', 'speed', 'quality', 'availability', 'latency', 'errors'];

/** The same, for the description. */
export const ROUTE_SCHEMA = whole({
  chosen: {
    type: ['object', 'null'],
    description: 'Null where no model can take the job; `error` says why.',
    properties: { provider: text, model: text, version: textOrNull },
  },
  reason: textOrNull,
  candidates: {
    type: 'array',
    description: 'The chosen one first, then those that could take the job by their score, then the others.',
    items: whole({
      provider: text,
      model: text,
      version: textOrNull,
      score: share,
      parts: whole(Object.fromEntries(parts.map((part) => [part, share]))),
      kept: { type: 'boolean', description: 'Whether it could take the job.' },
      reason: { ...text, description: 'Why it was chosen, why not, or why it cannot take the job.' },
      estimatedCost: { ...text, description: 'What one attempt would reserve.' },
      admitted: { type: 'boolean', description: 'Whether the budgets have room for that now.' },
      budget: { ...textOrNull, description: 'One that has none.' },
    }),
  },
  task: {
    type: ['object', 'null'],
    required: ['type', 'complexity'],
    properties: { type: text, complexity: share },
  },
  rule: textOrNull,
  loadBalancer: textOrNull,
  experiment: {
    type: ['object', 'null'],
    required: ['name', 'arm'],
    properties: { name: { type: 'string' }, arm: { type: 'string' } },
  },
  waiting: { type: ['object', 'null'], description: 'What it would wait for.' },
  error: {
    type: ['object', 'null'],
    properties: { type: text, code: text, message: text, param: textOrNull },
  },
});
