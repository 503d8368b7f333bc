import { readBudgetsOfScope, type BudgetUsage } from '@switchyard/budget';
import type { AppProcess } from '@switchyard/config';
import type { GatewayError, NanoUsd, TaskView } from '@switchyard/contract';
import type { ResolvedModel } from '@switchyard/registry';
import type { Choice, Explanation } from '@switchyard/selector';
import type { Submitter } from './gate.js';
import type { JobBody } from './native/parse-job.js';
import { boundCost, countCost, type OutputCap } from './reservation.js';

/** A model that was looked at for a job, and what it would cost there. */
export interface RouteCandidate {
  readonly model: ResolvedModel;
  /** 0 to 1, and what it is made of. */
  readonly score: number;
  readonly parts: Explanation['candidates'][number]['parts'];
  /** Whether it could take the job, budgets aside. */
  readonly kept: boolean;
  readonly reason: string;
  /** What one attempt would reserve. */
  readonly estimatedCost: NanoUsd;
  /** The name of a budget that has no room for that now; undefined where all that hold for it do. */
  readonly fullBudget: string | undefined;
}

/** What would be chosen for a job and why. */
export interface Route {
  /** Undefined where no model can take it; then `refusal` says why. */
  readonly chosen: ResolvedModel | undefined;
  readonly reason: string | undefined;
  readonly rule: string | undefined;
  readonly loadBalancer: string | undefined;
  readonly experiment: Choice['experiment'];
  readonly task: TaskView | null;
  readonly refusal: GatewayError | undefined;
  /** The chosen one first. */
  readonly candidates: readonly RouteCandidate[];
}

/** An explanation to be priced, for whom. */
interface Pricing {
  readonly job: JobBody;
  readonly submitter: Submitter;
  readonly explanation: Explanation;
  readonly capOf: (model: ResolvedModel) => OutputCap;
  readonly database: AppProcess['database'];
  readonly signal: AbortSignal | undefined;
}

/** Adds to an explanation what each model would cost and whether the budgets admit that now. */
export async function priceRoute(pricing: Pricing): Promise<Route> {
  const { choice, refusal, candidates, task } = pricing.explanation;
  const budgetsOf = readBudgetsByModel(pricing);
  return {
    chosen: choice?.targets[0],
    reason: choice?.reason,
    rule: choice?.rule,
    loadBalancer: choice?.balancer,
    experiment: choice?.experiment,
    task,
    refusal,
    candidates: await Promise.all(
      candidates.map(async (candidate) => {
        const budgets = await budgetsOf(candidate.model);
        return { ...candidate, ...(await priceCandidate(candidate.model, budgets, candidate.kept, pricing)) };
      }),
    ),
  };
}

/** Models without a budget of their own have the same ones: they are read once for all of them. */
function readBudgetsByModel({
  database,
  submitter,
}: Pricing): (model: ResolvedModel) => Promise<readonly BudgetUsage[]> {
  const { configuration, tenantId, key } = submitter;
  const own = new Set(configuration.budgets.flatMap(({ model }) => model ?? []));
  const read = new Map<string | undefined, Promise<readonly BudgetUsage[]>>();
  return async ({ id }) => {
    const model = own.has(id) ? id : undefined;
    const reading =
      read.get(model) ??
      readBudgetsOfScope(database, { tenantId, keyId: key.id, ...(model === undefined ? {} : { model }) });
    read.set(model, reading);
    return await reading;
  };
}

async function priceCandidate(
  model: ResolvedModel,
  budgets: readonly BudgetUsage[],
  kept: boolean,
  { job, capOf, signal }: Pricing,
): Promise<Pick<RouteCandidate, 'estimatedCost' | 'fullBudget'>> {
  const cap = capOf(model);
  const bound = boundCost(job, model, cap);
  const full = fullBudget(budgets, bound);
  if (full === undefined || !kept) return { estimatedCost: bound, fullBudget: full };
  // As at the admission: counted only where the bound has no room.
  const counted = (await countCost(job, model, cap, signal)) ?? bound;
  return { estimatedCost: counted, fullBudget: fullBudget(budgets, counted) };
}

function fullBudget(budgets: readonly BudgetUsage[], cost: NanoUsd): string | undefined {
  return budgets.find(({ rule, windows }) => rule !== 'warn' && windows.some(({ remaining }) => remaining < cost))
    ?.name;
}
