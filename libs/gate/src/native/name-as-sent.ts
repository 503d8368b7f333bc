import { GatewayError } from '@switchyard/contract';
import type { JobBody } from './parse-job.js';

/** A refusal of the model that was named, by the field that named it. */
export function nameAsSent(refusal: unknown, { namedBy }: Pick<JobBody, 'namedBy'>): unknown {
  const isOfModel = refusal instanceof GatewayError && refusal.param === 'selection.modelId';
  if (!isOfModel || namedBy === undefined) return refusal;
  const { type, message, code, status } = refusal;
  return new GatewayError(type, message, { code, status, param: namedBy, cause: refusal });
}
