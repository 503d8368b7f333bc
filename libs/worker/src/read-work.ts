import { readPrice } from '@switchyard/budget';
import type { ErrorBody, ModelRequest, Price } from '@switchyard/contract';
import {
  parseMend,
  parsePayload,
  parsePlan,
  UnreadablePayloadError,
  type ClaimedJob,
  type JobPayload,
  type Plan,
  type PlannedTarget,
} from '@switchyard/jobs';
import { withDefaults } from '@switchyard/registry';
import type { JudgedAttempt } from './judge-failure.js';
import { mendRequest } from './mend-request.js';

/** A claimed job with what was stored of it read. */
export interface Work {
  readonly job: ClaimedJob;
  readonly payload: JobPayload;
  readonly plan: Plan;
  readonly target: PlannedTarget;
  /** As it is sent: with the model's defaults, and mended where the target has refused it before. */
  readonly request: ModelRequest;
  /** What the client is told of that. */
  readonly warnings: readonly string[];
  readonly price: Price;
}

/** Reads what was stored of a claimed job. @throws UnreadablePayloadError when it is damaged, gone, or of another version */
export function readWork(job: ClaimedJob): Work {
  const payload = parsePayload(job.payload);
  const plan = parsePlan(job.plan);
  const target = plan.targets[job.target];
  if (!target) throw new UnreadablePayloadError('The stored plan has no such target.');
  // The model's defaults were validated with the configuration against the same schema as a request.
  const whole = withDefaults(payload.request, target.params);
  const mend = parseMend(job.mend);
  const { request, warnings } = mend ? mendRequest(whole, mend) : { request: whole, warnings: [] };
  try {
    return { job, payload, plan, target, request, warnings, price: readPrice(job.price) };
  } catch {
    throw new UnreadablePayloadError('The stored price is damaged.');
  }
}

/** Where in its plan the attempt was made. */
export function placeOf({
  job,
  plan,
  target,
}: Work): Pick<JudgedAttempt, 'job' | 'fallbackOn' | 'hasNext' | 'left' | 'target'> {
  const left = plan.targets.slice(0, job.target).map(({ provider, model }, index) => {
    return { provider, model, error: readError(job.moves[index]) };
  });
  return { job, fallbackOn: plan.fallbackOn, hasNext: job.target + 1 < plan.targets.length, left, target };
}

/** An error as it was stored by a settlement. */
function readError(value: unknown): ErrorBody | undefined {
  const isError = typeof value === 'object' && value !== null && 'code' in value && 'message' in value;
  return isError ? (value as ErrorBody) : undefined; // only settlements write it, from an ErrorBody
}
