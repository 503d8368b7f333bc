import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from '@switchyard/database';
import { delayOf, dueTimes } from './checks/recovery.js';
import type { Client } from './client/client.js';
import type { DoneFault, Violation } from './evidence/evidence.js';
import { readJobs } from './evidence/read-database.js';
import type { VendorLog } from './evidence/vendor-log.js';
import type { Fault, FaultContext, FaultVariant } from './faults/fault.js';
import { chanceFrom } from './schedule/chance.js';
import type { ScheduledFault } from './schedule/make-schedule.js';
import type { Stage } from './stage/stage.js';

/** What the faults of a run are done with. */
export interface RunningPlay {
  readonly stage: Stage;
  readonly client: Client;
  readonly vendor: VendorLog;
  readonly faults: readonly Fault[];
  /** Prints a line of progress. */
  readonly tell: (line: string) => void;
}

/** What came of them. */
export interface FaultsDone {
  readonly done: readonly DoneFault[];
  readonly violations: readonly Violation[];
}

/** Nobody waits longer for a fault to be over; what is open then is found by the invariants. */
const RECOVERY_LIMIT_MS = 45_000;
const LOOK_EVERY_MS = 100;
const SHOWN_IDS = 3;

/** Does what the schedule says, one fault after the other, each once everything has recovered from the one before. */
export async function runFaults(play: RunningPlay, schedule: readonly ScheduledFault[]): Promise<FaultsDone> {
  const startedAt = performance.now();
  const since = (): number => performance.now() - startedAt;
  const done: DoneFault[] = [];
  const violations: Violation[] = [];
  for (const scheduled of schedule) {
    const variant = variantOf(play.faults, scheduled);
    await sleep(Math.max(0, scheduled.atMs - since()));
    const at = `+${(since() / 1_000).toFixed(1)} s`.padEnd(9);
    const line = `${at} ${scheduled.fault.padEnd(4)} ${variant.name}`;
    const obstacle = variant.obstacle?.(play.stage);
    if (obstacle !== undefined) {
      play.tell(`${line} …  left out: ${obstacle}`);
      continue;
    }
    const notes: string[] = [];
    const fault = await doFault(play, scheduled, variant, notes, violations);
    done.push(fault);
    play.tell(`${line} …  ${[fault.ending, ...notes].join('; ')}`);
  }
  return { done, violations };
}

/** Does one fault and waits until everything has recovered from it. */
async function doFault(
  play: RunningPlay,
  { fault, seed }: ScheduledFault,
  variant: FaultVariant,
  notes: string[],
  violations: Violation[],
): Promise<DoneFault & { readonly ending: string }> {
  const before = violations.length;
  const violate = (what: string, ids: readonly string[] = []): void => {
    violations.push({ rule: fault, what, ids });
  };
  const { stage, client, vendor } = play;
  const context: FaultContext = {
    stage,
    client,
    vendor,
    chance: chanceFrom(seed),
    violate,
    note: (text) => notes.push(text),
  };
  const beganAt = Date.now();
  const accidents = stage.accidents.length;
  try {
    const afterwards = await variant.run(context);
    const endedAt = Date.now();
    const recoveredMs = await untilRecovered(play, { fault, beganAt, endedAt });
    await afterwards?.();
    for (const accident of stage.accidents.slice(accidents)) violate(accident);
    for (const { what, ids } of violations.slice(before))
      notes.push(`VIOLATED: ${what} ${ids.slice(0, SHOWN_IDS).join(', ')}`);
    return { fault, beganAt, endedAt, ending: `recovered after ${(recoveredMs / 1_000).toFixed(1)} s` };
  } catch (error) {
    violate(`could not be done: ${error instanceof Error ? error.message : String(error)}`);
    return { fault, beganAt, endedAt: Date.now(), ending: 'FAILED' };
  }
}

/** Waits for every job of before the fault's end. @returns how long after it the last one ended, beyond its nature. */
async function untilRecovered({ stage, client }: RunningPlay, fault: DoneFault): Promise<number> {
  const limit = performance.now() + RECOVERY_LIMIT_MS;
  for (;;) {
    const [row] = await stage.database.query<{ open: bigint }>(
      sql`select count(*) as open from live_jobs where created_at <= ${new Date(fault.endedAt)}`,
    );
    if (row?.open === 0n || performance.now() > limit) break;
    await sleep(LOOK_EVERY_MS);
  }
  const jobs = await readJobs(stage.database);
  const due = dueTimes({ submissions: client.log.submissions, jobs });
  const late = jobs
    .filter(({ createdAt, finishedAt }) => createdAt <= fault.endedAt && (finishedAt ?? Infinity) > fault.endedAt)
    .map((job) => delayOf(job, due.get(job.id) ?? 0, [fault]));
  // One that was being admitted just then is not in the count yet, and is none of this fault's.
  return Math.max(0, ...late.filter(Number.isFinite));
}

function variantOf(faults: readonly Fault[], { fault, variant }: ScheduledFault): FaultVariant {
  const found = faults.find(({ id }) => id === fault)?.variants.find(({ name }) => name === variant);
  if (!found) throw new Error(`There is no fault ${fault} called ${variant}.`);
  return found;
}
