import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from '@switchyard/database';
import { findViolations } from './checks/find-violations.js';
import { Client } from './client/client.js';
import { Load } from './client/load.js';
import { BudgetWatch } from './evidence/budget-watch.js';
import type { Evidence, Violation } from './evidence/evidence.js';
import { countCalls, readAttempts, readJobs, sumLedger } from './evidence/read-database.js';
import {
  checkHoldings,
  checkVendorSockets,
  measure,
  obstacleToMeasuring,
  type Holdings,
} from './evidence/resources.js';
import { VendorLog } from './evidence/vendor-log.js';
import { ALL_FAULTS } from './faults/all-faults.js';
import type { Fault } from './faults/fault.js';
import { admittedIds } from './faults/look.js';
import type { ChaosOptions } from './options.js';
import { closingLine } from './report/closing-line.js';
import { runFaults, type FaultsDone } from './run-faults.js';
import { chanceFrom } from './schedule/chance.js';
import { makeSchedule, type ScheduledFault } from './schedule/make-schedule.js';
import { Stage } from './stage/stage.js';

/** What a run found. */
export interface ChaosReport {
  readonly closingLine: string;
  readonly violations: readonly Violation[];
}

/** After the last fault and job, until it is looked what is still held; less in runs that are too short for it. */
const QUIET_MS = 60_000;
/** The simulator offers to keep a socket for 72 s. */
const SOCKETS_KEPT_MS = 80_000;
const QUIET_SHARE_OF_SHORT_RUN = 0.2;
const SHORT_RUN_MINUTES = 2;
/** Until the last job has ended. */
const LAST_JOB_LIMIT_MS = 45_000;
/** As many calls as any fault has running: pools are full and code is warm, so what grows from there on is kept. */
const WARMING_CALLS = 200;
const LOOK_EVERY_MS = 100;

/** The faults that this engine knows, each with the ways that it knows. */
function faultsFor({ engine, faults }: Pick<ChaosOptions, 'engine' | 'faults'>): Fault[] {
  return ALL_FAULTS.filter(({ id }) => faults === undefined || faults.includes(id))
    .map(({ id, variants }) => ({
      id,
      variants: variants.filter(({ engines }) => engines === undefined || engines.includes(engine)),
    }))
    .filter(({ variants }) => variants.length > 0);
}

/** The schedule of a run. Pure. */
export function scheduleOf(options: ChaosOptions): ScheduledFault[] {
  const { seed, minutes, faults } = options;
  return makeSchedule({ seed, minutes, faults: faultsFor(options), eachOnce: faults !== undefined });
}

/** Sets the stage, runs the schedule under load, and holds every account against the others. @param tell prints a line */
export async function runChaos(
  options: ChaosOptions,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<ChaosReport> {
  const schedule = scheduleOf(options);
  const stage = await Stage.set({
    engine: options.engine,
    wantsSmallDisk: schedule.some(({ fault }) => fault === 'F27'),
  });
  try {
    return await Promise.race([play(options, schedule, stage, tell), untilAborted(signal)]);
  } finally {
    await stage.strike();
  }
}

async function play(
  options: ChaosOptions,
  schedule: readonly ScheduledFault[],
  stage: Stage,
  tell: (line: string) => void,
): Promise<ChaosReport> {
  const client = new Client([stage.actor('api-1'), stage.actor('api-2')], chanceFrom(options.seed + 1));
  const load = new Load(client, chanceFrom(options.seed + 2));
  const vendor = new VendorLog(stage.actor('simulator').url);
  const budget = new BudgetWatch(client);
  vendor.begin();
  budget.begin();
  load.begin();
  const warming = await Promise.all(Array.from({ length: WARMING_CALLS }, () => client.submit('slow')));
  await Promise.all(admittedIds(warming).map((jobId) => client.read(jobId, 10)));
  const before = await holdings(stage);
  const { done, violations } = await runFaults({ stage, client, vendor, faults: ALL_FAULTS, tell }, schedule);
  await load.stop();
  await untilNothingLives(stage);
  const quietMs = options.minutes < SHORT_RUN_MINUTES ? options.minutes * 60_000 * QUIET_SHARE_OF_SHORT_RUN : QUIET_MS;
  tell(`the load has stopped; what is held is looked at after ${(quietMs / 1_000).toFixed(0)} s of quiet`);
  await sleep(quietMs);
  const after = await holdings(stage);
  const rested = quietMs < QUIET_MS ? [] : await sleep(SOCKETS_KEPT_MS - QUIET_MS).then(() => holdings(stage));
  await budget.stop();
  await vendor.stop();
  const evidence = await gather(stage, client, vendor, done);
  return {
    closingLine: closingLine(options.seed, evidence, budget.overshoot),
    violations: [
      ...violations,
      ...findViolations(evidence),
      ...budget.violations,
      ...checkHoldings(before, after),
      ...checkVendorSockets(rested),
    ],
  };
}

/** What still runs of a play that is interrupted ends with the process. */
async function untilAborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw new Error('interrupted');
}

async function holdings(stage: Stage): Promise<Holdings[]> {
  return obstacleToMeasuring() === undefined ? await measure(stage) : [];
}

async function untilNothingLives({ database }: Stage): Promise<void> {
  const limit = performance.now() + LAST_JOB_LIMIT_MS;
  for (;;) {
    const [row] = await database.query<{ open: bigint }>(sql`select count(*) as open from live_jobs`);
    if (row?.open === 0n || performance.now() > limit) return;
    await sleep(LOOK_EVERY_MS);
  }
}

async function gather(
  { database, wire }: Stage,
  { log }: Client,
  vendor: VendorLog,
  faults: FaultsDone['done'],
): Promise<Evidence> {
  return {
    submissions: log.submissions,
    cancels: log.cancels,
    jobs: await readJobs(database),
    attempts: await readAttempts(database),
    recordedCalls: await countCalls(database),
    ledger: await sumLedger(database),
    vendorCalls: vendor.calls,
    wasLost: (attempt) => wire.hasLost(attempt),
    faults,
  };
}
