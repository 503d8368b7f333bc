import type { AttemptRecord, Evidence, JobRecord, Violation } from '../evidence/evidence.js';
import { violation } from './violation.js';

/** States of an attempt that has ended and had been sent, or could have been. */
const CHARGED = ['succeeded', 'failed', 'canceled', 'unknown'];

/** I2: one result for each job, one settled charge for each attempt, and the job's cost is their sum. F21: no time runs back. */
export function checkEffects({ jobs, attempts }: Evidence): Violation[] {
  const byJob = Map.groupBy(attempts, ({ jobId }) => jobId);
  const ended = jobs.filter(({ outcome }) => outcome !== null);
  return [
    violation('I2', 'not one result for a job that succeeded', idsOf(ended.filter(hasNotItsResult))),
    violation('I2', 'a result for a job that did not succeed', idsOf(ended.filter(hasStrangeResult))),
    violation('I2', 'not charged once', namesOf(attempts.filter(isNotChargedOnce))),
    violation('I2', 'settled at another cost than it shows', namesOf(attempts.filter(isMiscounted))),
    violation(
      'I2',
      'cost.actual is not the sum over the attempts',
      idsOf(ended.filter((job) => job.actualNano !== sumOf(byJob.get(job.id) ?? []))),
    ),
    violation(
      'I2',
      'an attempt was left open',
      namesOf(attempts.filter(({ state }) => state === 'reserved' || state === 'started')),
    ),
    violation(
      'I2',
      'an attempt costs less than nothing',
      namesOf(attempts.filter(({ costNano }) => (costNano ?? 0n) < 0n)),
    ),
    violation('F21', 'ended before it began', [
      ...jobs.filter(runsBack).map((job) => `${job.id} (${momentsOf(job).join(', ')})`),
      ...attempts.filter(runsBack).map((attempt) => `${attempt.name} (${momentsOf(attempt).join(', ')})`),
    ]),
  ].flat();
}

function hasNotItsResult({ outcome, resultEpoch, resultEpochs }: JobRecord): boolean {
  return outcome === 'succeeded' && (resultEpochs.length !== 1 || resultEpochs[0] !== resultEpoch);
}

function hasStrangeResult({ outcome, resultEpoch }: JobRecord): boolean {
  return outcome !== 'succeeded' && resultEpoch !== null;
}

function isNotChargedOnce({ state, settlements }: AttemptRecord): boolean {
  return settlements !== (CHARGED.includes(state) ? 1 : 0);
}

function isMiscounted({ state, settled, costNano }: AttemptRecord): boolean {
  return CHARGED.includes(state) && settled !== costNano;
}

function sumOf(attempts: readonly AttemptRecord[]): bigint {
  return attempts.reduce((sum, { costNano }) => sum + (costNano ?? 0n), 0n);
}

interface Lived {
  readonly createdAt?: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

function runsBack(lived: Lived): boolean {
  const moments = momentsOf(lived);
  return moments.some((moment, index) => moment < (moments[index - 1] ?? -Infinity));
}

function momentsOf({ createdAt, startedAt, finishedAt }: Lived): number[] {
  return [createdAt, startedAt, finishedAt].filter((moment) => moment != null);
}

function idsOf(jobs: readonly JobRecord[]): string[] {
  return jobs.map(({ id }) => id);
}

function namesOf(attempts: readonly AttemptRecord[]): string[] {
  return attempts.map(({ name }) => name);
}
