import type { JsonRecord } from '../content/record.js';
import { Refusal } from '../refusal.js';

/** @throws Refusal as OpenAI words it. */
export function missing(name: string): never {
  throw new Refusal(400, `Missing required parameter: '${name}'.`, { param: name, code: 'missing_required_parameter' });
}

/** @throws Refusal as OpenAI words it. */
export function invalid(name: string, expected: string): never {
  throw new Refusal(400, `Invalid value for '${name}': expected ${expected}.`, { param: name, code: 'invalid_value' });
}

export function readModel(body: JsonRecord): string {
  const model = body['model'];
  if (typeof model !== 'string' || model === '') {
    throw new Refusal(400, 'you must provide a model parameter', { param: 'model' });
  }
  return model;
}

/** @returns undefined when the field is absent or null. */
export function readWhole(body: JsonRecord, name: string, least: number, most: number): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    return invalid(name, `a whole number from ${least} to ${most}`);
  }
  return value;
}

/** One of the allowed words; the first of them when the field is absent or null. */
export function readWord<Word extends string>(
  body: JsonRecord,
  name: string,
  allowed: readonly [Word, ...Word[]],
): Word {
  const value = body[name] ?? allowed[0];
  const word = allowed.find((one) => one === value);
  return word ?? invalid(name, `one of ${allowed.join(', ')}`);
}
