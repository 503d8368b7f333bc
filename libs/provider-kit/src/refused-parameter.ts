import type { RefusedParameter } from '@switchyard/contract';
import { isObject, type JsonObject } from './json.js';

/** A vendor's name of a parameter, with the path to it: `generationConfig.topP`, `max_tokens`. */
const NAME = /^[A-Za-z]\w{0,63}(?:\.[A-Za-z]\w{0,63}){0,4}$/;
/** Anthropic's `max_tokens: 9000 > 8192, which is …`, `temperature: range: 0..1`. */
const NAME_FIRST = /^([a-z]\w{1,63}(?:\.[a-z]\w{1,63}){0,4}): /;
/** How vendors say the largest value that they take, in the first words of a message. */
const LARGEST: readonly RegExp[] = [
  /\bat most (\d{1,9})\b/,
  /> (\d{1,9})\b/,
  /<= ?(\d{1,9})\b/,
  /\bless than or equal to (\d{1,9})\b/,
  /\bmaximum (?:allowed )?(?:value )?(?:is|of) (\d{1,9})\b/,
  /\bto (\d{1,9}) \(inclusive\)/,
];
const MAX_READ = 2_000;

/**
 * The parameter that a vendor refused, and the largest value that it takes: OpenAI's `param`, Google's
 * `fieldViolations` (https://cloud.google.com/apis/design/errors), FastAPI's `loc`, Anthropic's name before its words.
 * @param error the vendor's error, without the frame
 * @param body what it came in
 * @returns undefined where it names none
 */
export function readRefusedParameter(error: JsonObject, body: unknown): RefusedParameter | undefined {
  const message = typeof error.message === 'string' ? error.message.slice(0, MAX_READ) : '';
  const name = [error.param, ...fieldsOf(error), locOf(body), NAME_FIRST.exec(message)?.[1]].find(isName);
  if (name === undefined) return undefined;
  const most = LARGEST.map((pattern) => pattern.exec(message)?.[1]).find((digits) => digits !== undefined);
  return most === undefined ? { name } : { name, most: Number(most) };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

function fieldsOf({ details }: JsonObject): unknown[] {
  const violations = [details]
    .flat()
    .filter(isObject)
    .flatMap(({ fieldViolations }) => fieldViolations);
  return violations.filter(isObject).map(({ field }) => field);
}

function locOf(body: unknown): unknown {
  const detail = isObject(body) && Array.isArray(body.detail) ? body.detail.find(isObject) : undefined;
  return Array.isArray(detail?.loc) ? detail.loc.at(-1) : undefined;
}
