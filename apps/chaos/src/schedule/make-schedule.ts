import { chanceFrom } from './chance.js';

/** What the schedule needs to know of a fault: its name, and the ways in which it can be done. */
export interface SchedulableFault {
  readonly id: string;
  readonly variants: readonly SchedulableVariant[];
}

interface SchedulableVariant {
  readonly name: string;
  /** Until everything has recovered, in milliseconds, as far as can be said beforehand. */
  readonly nominalMs: number;
}

/** A fault at its time. */
export interface ScheduledFault {
  /** Since the load began, in milliseconds. It is done later where the one before has not recovered yet. */
  readonly atMs: number;
  readonly fault: string;
  readonly variant: string;
  /** Decides whatever the fault leaves open. */
  readonly seed: number;
}

export interface ScheduleSettings {
  readonly seed: number;
  readonly minutes: number;
  readonly faults: readonly SchedulableFault[];
  /** Each fault is done once, whether it fits or not; the minutes then only bound what is done again. */
  readonly eachOnce: boolean;
}

/** The load alone runs so long first. */
const WARM_UP_MS = 3_000;
const LONGEST_PAUSE_MS = 1_500;

/**
 * Makes the schedule of a run. Pure: the same settings give the same schedule.
 * All faults in an order that is drawn, then all again, for as long as the time lasts. The first time round none takes so
 * long that those behind it would not fit in their shortest form; one that does not fit leaves its place to the next.
 */
export function makeSchedule({ seed, minutes, faults, eachOnce }: ScheduleSettings): ScheduledFault[] {
  const chance = chanceFrom(seed);
  const endMs = minutes * 60_000;
  const scheduled: ScheduledFault[] = [];
  let atMs = WARM_UP_MS;
  for (let round = 0; ; round += 1) {
    const before = scheduled.length;
    const order = chance.shuffle(faults);
    for (const [place, { id, variants }] of order.entries()) {
      const pauseMs = chance.between(0, LONGEST_PAUSE_MS);
      const ownSeed = chance.between(0, 2 ** 31);
      const behind = round === 0 ? order.slice(place + 1).map(leastMs) : [];
      const startMs = atMs + pauseMs;
      const least = shortest(variants);
      const spareMs = endMs - startMs - behind.reduce((sum, milliseconds) => sum + milliseconds, 0);
      const fitting = variants.filter(({ nominalMs }) => nominalMs <= spareMs);
      const anyway = (eachOnce && round === 0) || startMs + least.nominalMs <= endMs;
      if (fitting.length === 0 && !anyway) continue;
      const variant = fitting.length > 0 ? chance.pick(fitting) : least;
      scheduled.push({ atMs: startMs, fault: id, variant: variant.name, seed: ownSeed });
      atMs += pauseMs + variant.nominalMs;
    }
    if (scheduled.length === before) return scheduled;
  }
}

function leastMs({ variants }: SchedulableFault): number {
  return LONGEST_PAUSE_MS + shortest(variants).nominalMs;
}

function shortest(variants: readonly SchedulableVariant[]): SchedulableVariant {
  return variants.reduce((best, variant) => (variant.nominalMs < best.nominalMs ? variant : best));
}
