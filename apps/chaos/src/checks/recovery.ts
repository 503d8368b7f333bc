import type { DoneFault, Evidence, JobRecord } from '../evidence/evidence.js';
import { kindOf } from '../client/job-kinds.js';

/** Of a job that the client's log does not know, in milliseconds. */
const UNKNOWN_NATURAL_MS = 3_000;

/** When a job would have ended at the latest had nothing been wrong, for each job. */
export function dueTimes({ submissions, jobs }: Pick<Evidence, 'submissions' | 'jobs'>): Map<string, number> {
  const natural = new Map(submissions.map(({ marker, kind }) => [marker, kindOf(kind).naturalMs]));
  return new Map(
    jobs.map(({ id, marker, createdAt }) => [id, createdAt + (natural.get(marker ?? '') ?? UNKNOWN_NATURAL_MS)]),
  );
}

/**
 * How long a job took beyond the end of the last fault that it lived through, and beyond its own nature, in
 * milliseconds. Infinity: it has not ended.
 */
export function delayOf({ finishedAt }: JobRecord, due: number, faults: readonly DoneFault[]): number {
  if (finishedAt === null) return Infinity;
  const ends = faults.filter(({ beganAt }) => beganAt < finishedAt).map(({ endedAt }) => endedAt);
  return finishedAt - Math.max(due, ...ends);
}

/** For each fault and each job that was open when it ended: how long after that it took to end, in milliseconds. */
export function recoveryTimes(evidence: Pick<Evidence, 'submissions' | 'jobs' | 'faults'>): number[] {
  const due = dueTimes(evidence);
  return evidence.faults.flatMap((fault) =>
    evidence.jobs
      .filter(({ createdAt, finishedAt }) => createdAt <= fault.endedAt && (finishedAt ?? Infinity) > fault.endedAt)
      .map((job) => Math.max(0, delayOf(job, due.get(job.id) ?? 0, [fault]))),
  );
}

/** @param share 0 to 1. @returns undefined of nothing. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
