import { CANCELS } from './cancels.js';
import { CUT_LINE } from './cut-line.js';
import { DATABASE_OUTAGE } from './database-outage.js';
import { DOUBLE_DELIVERY } from './double-delivery.js';
import { FAILING_VENDOR, RATE_LIMITED } from './failing-vendor.js';
import type { Fault } from './fault.js';
import { FULL_DISK } from './full-disk.js';
import { KILLED_API } from './killed-api.js';
import { KILLED_WORKER } from './killed-worker.js';
import { LOST_QUEUE } from './lost-queue.js';
import { NO_CONNECTION_LEFT } from './no-connection-left.js';
import { ODD_USAGE } from './odd-usage.js';
import { OVERSPENDING } from './overspending.js';
import { POISONOUS_JOB } from './poisonous-job.js';
import { REDIS_OUTAGE } from './redis-outage.js';
import { TOLD_TO_STOP } from './told-to-stop.js';
import { TWINS_OF_ONE_KEY } from './twins.js';
import { WRONG_CLOCK } from './wrong-clock.js';

/** Every fault that a schedule may hold, in the order of the list. */
export const ALL_FAULTS: readonly Fault[] = [
  KILLED_WORKER,
  POISONOUS_JOB,
  KILLED_API,
  LOST_QUEUE,
  REDIS_OUTAGE,
  DATABASE_OUTAGE,
  CUT_LINE,
  RATE_LIMITED,
  FAILING_VENDOR,
  ODD_USAGE,
  CANCELS,
  TWINS_OF_ONE_KEY,
  OVERSPENDING,
  DOUBLE_DELIVERY,
  WRONG_CLOCK,
  TOLD_TO_STOP,
  NO_CONNECTION_LEFT,
  FULL_DISK,
];
