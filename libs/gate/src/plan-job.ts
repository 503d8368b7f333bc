import type { FallbackOn, NanoUsd } from '@switchyard/contract';
import type { Plan, PlannedTarget } from '@switchyard/jobs';
import type { Registry, ResolvedModel } from '@switchyard/registry';
import { fallbacksOf } from '@switchyard/selector';
import type { PlacedJob } from './describe-job.js';
import type { JobBody } from './native/parse-job.js';
import { boundCost, countCost, type OutputCap } from './reservation.js';
import { fitWindow } from './window/fit-window.js';

/** A model that takes the job's request as it is, and the bound of its answer there. */
interface PlacedTarget {
  readonly model: ResolvedModel;
  readonly cap: OutputCap;
}

/** The same with what an attempt there is charged by, and reserves. */
export interface PricedTarget extends PlacedTarget {
  readonly priceId: number;
  readonly reserve: NanoUsd;
}

/** What a plan is made with. */
interface PlanContext {
  readonly registry: Registry;
  /** Of the key. */
  readonly permissions: ReadonlySet<string>;
  /** Nothing moves a job on where this is empty. */
  readonly fallbackOn: FallbackOn;
  /** The bound of the answer's length at a model. */
  readonly capOf: (model: ResolvedModel) => OutputCap;
  readonly priceIdOf: (model: ResolvedModel) => Promise<number>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Works out where a placed job may be tried: at the model that was chosen for it, then at those whose window holds the
 * request as it was fitted for that one.
 * @throws GatewayError as `fallbacksOf` does
 */
export async function targetsOf(
  { job, model, cap }: PlacedJob,
  context: PlanContext,
): Promise<readonly [PricedTarget, ...PricedTarget[]]> {
  const price = async (target: PlacedTarget): Promise<PricedTarget> => ({
    ...target,
    priceId: await context.priceIdOf(target.model),
    reserve: boundCost(job, target.model, target.cap),
  });
  const { registry, permissions } = context;
  const models = context.fallbackOn.length === 0 ? [] : fallbacksOf(model, job, registry, { permissions });
  const further = await Promise.all(models.map((each) => placeAt(each, job, context)));
  return [await price({ model, cap }), ...(await Promise.all(further.flat().map(price)))];
}

async function placeAt(model: ResolvedModel, job: JobBody, context: PlanContext): Promise<readonly PlacedTarget[]> {
  // What was trimmed for the first target is sent to all: to trim it again for a smaller one would change it for none.
  const { overflow: _, ...request } = job.request;
  const fit = await fitWindow({ type: job.type, request }, model, context.capOf(model), context.signal);
  return fit.fits ? [{ model, cap: fit.cap }] : [];
}

/** The same targets with reservations that are counted, where the model's tokenizer is known. */
export async function countTargets(
  job: JobBody,
  [first, ...further]: readonly [PricedTarget, ...PricedTarget[]],
  signal: AbortSignal | undefined,
): Promise<readonly [PricedTarget, ...PricedTarget[]]> {
  const count = async (target: PricedTarget): Promise<PricedTarget> => ({
    ...target,
    reserve: (await countCost(job, target.model, target.cap, signal)) ?? target.reserve,
  });
  return [await count(first), ...(await Promise.all(further.map(count)))];
}

/** What is stored of them. */
export function planOf(job: JobBody, targets: readonly PricedTarget[], fallbackOn: FallbackOn): Plan {
  return { targets: targets.map((target) => plannedTarget(job, target)), fallbackOn };
}

function plannedTarget(job: JobBody, { model, cap, priceId, reserve }: PricedTarget): PlannedTarget {
  return {
    provider: model.provider,
    model: model.id,
    version: model.version,
    providerModel: model.providerModel,
    priceId,
    reserveNano: reserve.toString(),
    params: { ...model.params, ...(cap.sent !== undefined && writesText(job) ? { maxTokens: cap.sent } : {}) },
    ...(cap.imposed && writesText(job) ? { warnings: [warningOfCap(cap)] } : {}),
    ...(model.providerKind === 'simulator' ? { simulates: true } : {}),
  };
}

/** Whether the length of its answer is bounded in tokens. */
export function writesText({ type }: Pick<JobBody, 'type'>): boolean {
  return type === 'generation' || type === 'code';
}

function warningOfCap({ tokens }: OutputCap): string {
  return `maxTokens: ${tokens} was set, because a budget applies and neither the request nor the model names a bound`;
}
