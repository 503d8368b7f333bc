import { GatewayError } from '@switchyard/contract';

/** The time that a report covers: whole hours. */
export interface UsagePeriod {
  readonly from: Date;
  /** The first moment that is not counted. */
  readonly to: Date;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LONGEST_DAYS = 366;
const [FIRST_YEAR, LAST_YEAR] = [2000, 2199] as const;
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads `from` and `to`: a day, which counts wholly, or a time, which is widened to the hour. Without them it is the
 * current month in UTC; without one of them, the month goes on to the end of the current one, or begins with the other's.
 * @throws GatewayError (422) that names the parameter at fault
 */
export function readPeriod(from: string | undefined, to: string | undefined, now: Date): UsagePeriod {
  const end = to === undefined ? startOfMonth(now, 1) : readEnd(to);
  const start =
    from === undefined ? startOfMonth(to === undefined ? now : new Date(end.getTime() - 1)) : readStart(from);
  if (start >= end) {
    const until = to === undefined ? 'the end of this month, which holds where `to` is left out' : '`to`';
    throw refusal('from', `must be before ${until}`);
  }
  if (end.getTime() - start.getTime() > LONGEST_DAYS * DAY_MS) {
    throw refusal('from', `may be ${LONGEST_DAYS} days before \`to\` at most; ask for less at a time`);
  }
  return { from: start, to: end };
}

function readStart(text: string): Date {
  const { time } = readMoment('from', text);
  return new Date(Math.floor(time / HOUR_MS) * HOUR_MS);
}

function readEnd(text: string): Date {
  const { time, isDay } = readMoment('to', text);
  return new Date(isDay ? time + DAY_MS : Math.ceil(time / HOUR_MS) * HOUR_MS);
}

function readMoment(param: string, text: string): { readonly time: number; readonly isDay: boolean } {
  const isDay = DAY.test(text);
  const [, year = '', month = '', day = ''] = (isDay ? DAY : TIME).exec(text) ?? [];
  const time = Date.parse(text);
  // The engine takes 30 February for a day in March.
  const midnight = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (year === '' || Number.isNaN(time) || midnight.getUTCDate() !== Number(day)) {
    throw refusal(param, 'must be a day such as 2026-11-21, or a time such as 2026-11-21T08:00:00Z');
  }
  if (Number(year) < FIRST_YEAR || Number(year) > LAST_YEAR) {
    throw refusal(param, `must lie between the years ${FIRST_YEAR} and ${LAST_YEAR}`);
  }
  return { time, isDay };
}

function startOfMonth(moment: Date, later = 0): Date {
  return new Date(Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth() + later));
}

function refusal(param: string, reason: string): GatewayError {
  return new GatewayError('invalid_request_error', `\`${param}\` ${reason}.`, { param });
}
