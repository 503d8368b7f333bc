import { type ModelRequest } from '@switchyard/contract';
import { samplingOf } from './generation.js';

type SamplingField = 'temperature' | 'top_p' | 'top_k';

interface Sampling {
  /** As far as the model takes them. */
  readonly fields: Readonly<Partial<Record<SamplingField, unknown>>>;
  readonly warnings: readonly string[];
}

/** Beside what the request calls each. */
export const SAMPLING_FIELDS: Readonly<Record<SamplingField, string>> = {
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'top_k',
};

/** The vendor's highest; a request may ask for up to 2. */
const HIGHEST_TEMPERATURE = 1;

/**
 * How tokens are to be sampled.
 * @param own what the request says in the vendor's own words, which wins.
 * @param thinks whether the model is asked to think, which goes with no sampling.
 */
export function toSampling(
  model: string,
  { temperature, topP }: ModelRequest,
  own: Readonly<Record<string, unknown>>,
  thinks: boolean,
): Sampling {
  const wanted = { temperature: own['temperature'] ?? temperature, top_p: own['top_p'] ?? topP, top_k: own['top_k'] };
  const taken = samplingOf(model);
  const warnings: string[] = [];
  const fields: Partial<Record<SamplingField, unknown>> = {};
  for (const field of ['temperature', 'top_p', 'top_k'] as const) {
    if (wanted[field] === undefined) continue;
    let fault: string | undefined;
    if (taken === 'none') fault = 'by this model';
    else if (thinks) fault = 'while a model thinks';
    else if (taken === 'not_both' && field === 'top_p' && fields.temperature !== undefined)
      fault = 'beside temperature';
    if (fault === undefined) fields[field] = wanted[field];
    else warnings.push(`${SAMPLING_FIELDS[field]} is not supported ${fault} and was left out.`);
  }
  if (typeof fields.temperature === 'number' && fields.temperature > HIGHEST_TEMPERATURE) {
    fields.temperature = HIGHEST_TEMPERATURE;
    warnings.push(`temperature was lowered to ${HIGHEST_TEMPERATURE}, the highest that this provider takes.`);
  }
  return { fields, warnings };
}
