/** A wake-up for the workers of one provider. */
export interface Entry {
  /** The job's (or control task's) id: letters, digits, `_` and `-`, beginning with a letter or `_`. */
  readonly jobId: string;
  /** 0 is soonest, 9 last. Within a priority, entries come in the order in which they were added. */
  readonly priority: number;
  /** Milliseconds until the entry may be delivered. Default 0. */
  readonly delayMs?: number;
}

const JOB_ID = /^[A-Za-z_][\w-]{0,127}$/;

/** @throws RangeError for an id, priority or delay that no queue could take: one bad entry would fail its whole group. */
export function assertEntry(entry: Entry): void {
  const { jobId, priority, delayMs = 0 } = entry;
  if (!JOB_ID.test(jobId)) throw new RangeError(`An entry's job id is unusable: ${JSON.stringify(jobId)}.`);
  if (!Number.isInteger(priority) || priority < 0 || priority > 9) {
    throw new RangeError(`The priority of entry ${jobId} is not 0 to 9: ${String(priority)}.`);
  }
  if (!Number.isFinite(delayMs) || delayMs < 0) throw new RangeError(`The delay of entry ${jobId} is no delay.`);
}
