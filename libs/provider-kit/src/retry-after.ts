import { type JsonObject } from './json.js';

/** Headers of an answer, as `fetch` gives them. */
export interface HeaderReader {
  get(name: string): string | null;
}

/** Up to nanoseconds. */
const DURATION = /^\d{1,12}(?:\.\d{1,9})?$/;
const DECIMAL = /^\d{1,12}(?:\.\d{1,6})?$/;
/** RFC 9110, 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT` and its two older spellings begin with the day of the week. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

function parseDate(text: string | null): number | undefined {
  const time = text !== null && HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/**
 * How long a vendor asks to wait, in seconds (fractions possible, no upper bound): `retry-after-ms`, which OpenAI and
 * Azure send, else `Retry-After` (RFC 9110, 10.2.3) in seconds or as a date. A date is counted from the vendor's own
 * `Date`, so that neither clock need be right; one that has passed is 0.
 * @returns undefined where neither is there, or is a sensible value: negative, endless, words.
 */
export function parseRetryAfter(headers: HeaderReader, now = Date.now()): number | undefined {
  const milliseconds = headers.get('retry-after-ms')?.trim() ?? '';
  if (DECIMAL.test(milliseconds)) return Number(milliseconds) / 1000;
  const value = headers.get('retry-after')?.trim() ?? '';
  if (DECIMAL.test(value)) return Number(value);
  const date = parseDate(value);
  if (date === undefined) return undefined;
  return Math.max(0, (date - (parseDate(headers.get('date')) ?? now)) / 1000);
}

/**
 * How long Google asks to wait, in seconds: a `google.rpc.RetryInfo` among the details of its error
 * (https://cloud.google.com/apis/design/errors), whose `retryDelay` is a text like `30s` or `1.5s`.
 * @returns undefined for any other detail.
 */
export function readRetryDelay({ retryDelay }: JsonObject): number | undefined {
  const seconds = typeof retryDelay === 'string' && retryDelay.endsWith('s') ? retryDelay.slice(0, -1) : '';
  return DURATION.test(seconds) ? Number(seconds) : undefined;
}
