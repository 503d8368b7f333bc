import { WEEKDAYS, type TimeCondition } from '@switchyard/contract';

const MINUTES_OF_DAY = 1_440;
const MINUTE_MS = 60_000;

/** Where the hands of a clock on some wall stand. */
interface WallTime {
  /** From Monday, 0. */
  readonly day: number;
  /** Since midnight. */
  readonly minute: number;
}

/** Compiles a span of the day into a test of a moment. */
export function compileTime({ from, to, days, timeZone = 'UTC' }: TimeCondition): (now: Date) => boolean {
  const begins = from === undefined ? 0 : minuteOf(from);
  const ends = to === undefined ? MINUTES_OF_DAY : minuteOf(to);
  const onDays = days && new Set(days.map((day) => WEEKDAYS.indexOf(day)));
  const wallTime = readWallTime(timeZone);
  return (now) => {
    const { day, minute } = wallTime(now);
    const begun = begins < ends ? (minute >= begins && minute < ends ? day : undefined) : overMidnight(day, minute);
    return begun !== undefined && (!onDays || onDays.has(begun));
  };

  /** The day on which the span began that the minute lies in. */
  function overMidnight(day: number, minute: number): number | undefined {
    if (minute >= begins) return day;
    return minute < ends ? (day + 6) % 7 : undefined;
  }
}

function minuteOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

/** Asking the calendar takes longer than all else of a choice, so its answer holds for the minute. */
function readWallTime(timeZone: string): (now: Date) => WallTime {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  let known: { readonly at: number; readonly time: WallTime } | undefined;
  return (now) => {
    const at = Math.floor(now.getTime() / MINUTE_MS);
    if (known?.at !== at) {
      const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
      const weekday = (parts.get('weekday') ?? '').toLowerCase();
      const minute = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
      known = { at, time: { day: WEEKDAYS.findIndex((each) => each === weekday), minute } };
    }
    return known.time;
  };
}
