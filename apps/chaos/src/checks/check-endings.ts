import { isAdmitted } from '../client/client-log.js';
import type { Evidence, Violation } from '../evidence/evidence.js';
import { delayOf, dueTimes } from './recovery.js';
import { violation } from './violation.js';

/** After the end of a fault, in milliseconds. */
const RECOVERY_LIMIT_MS = 15_000;

/** I1: every 202 becomes exactly one of succeeded, failed, canceled, expired, in time. */
export function checkEndings(evidence: Evidence): Violation[] {
  const { submissions, jobs, faults } = evidence;
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const promised = submissions.flatMap(({ jobId }) => (jobId === undefined ? [] : [jobId]));
  const first = submissions.flatMap(({ jobId, replayed }) => (jobId === undefined || replayed ? [] : [jobId]));
  const due = dueTimes(evidence);
  const ended = jobs.filter(({ outcome }) => outcome !== null);
  return [
    violation(
      'I1',
      'answered 202 without an id',
      submissions.filter((each) => isAdmitted(each) && each.jobId === undefined).map(({ marker }) => marker),
    ),
    violation(
      'I1',
      'answered 202 and not in the database',
      promised.filter((id) => !byId.has(id)),
    ),
    violation('I1', 'answered 202 twice', repeated(first)),
    violation('I1', 'never ended', idsOf(jobs.filter(({ outcome }) => outcome === null))),
    violation('I1', 'ended and still live', idsOf(ended.filter(({ isLive }) => isLive))),
    violation(
      'I1',
      `ended later than ${RECOVERY_LIMIT_MS / 1_000} s after the fault`,
      idsOf(ended.filter((job) => delayOf(job, due.get(job.id) ?? 0, faults) > RECOVERY_LIMIT_MS)),
    ),
    violation(
      'I1',
      'failed by a fault of the gateway',
      idsOf(jobs.filter((job) => job.errorType === 'internal_error')),
    ),
    violation('F3', 'made by a request that was refused', madeInSpite(evidence)),
    violation('F18', 'made twice under one Idempotency-Key', twins(evidence)),
  ].flat();
}

/** Jobs that nobody was promised, though no request that could have made them was left without an answer. */
function madeInSpite({ submissions, jobs }: Evidence): string[] {
  const promised = new Set(submissions.map(({ jobId }) => jobId));
  const open = new Set(
    submissions
      // The database may have committed what it could not say any more.
      .filter(({ outcome }) => outcome.kind === 'unanswered' || (outcome.kind === 'answered' && outcome.status === 503))
      .map(({ marker }) => marker),
  );
  return idsOf(jobs.filter(({ id, marker }) => !promised.has(id) && !open.has(marker ?? '')));
}

/** Jobs of one key beyond the first. */
function twins({ submissions, jobs }: Evidence): string[] {
  const keys = new Set(submissions.filter(({ kind }) => kind === 'twin').map(({ marker }) => marker));
  const ofKeys = jobs.filter(({ marker }) => keys.has(marker ?? ''));
  return [...Map.groupBy(ofKeys, ({ marker }) => marker).values()].flatMap((made) => idsOf(made.slice(1)));
}

function idsOf(jobs: readonly { readonly id: string }[]): string[] {
  return jobs.map(({ id }) => id);
}

function repeated(ids: readonly string[]): string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}
