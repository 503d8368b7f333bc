import type { Submission } from '../client/client-log.js';
import type { HttpOutcome } from '../client/http-call.js';
import type { JobKindName } from '../client/job-kinds.js';
import type { Evidence, Violation } from '../evidence/evidence.js';
import { violation } from './violation.js';

/** Faults that end an API in the middle of its requests. */
const UNANSWERING = ['F3'];
const ALSO_ALLOWED: Readonly<Partial<Record<JobKindName, readonly number[]>>> = {
  // A job that has not failed yet cannot be retried.
  retried: [409],
  // The budget is spent.
  budgeted: [402],
  'budgeted and slow': [402],
  // The same key with another body.
  twin: [422],
};
/** By the interface 5 s; some for the client itself on a busy machine. */
const LONGEST_ANSWER_MS = 6_500;

/** Every request is answered in time, with what the interface allows: 2xx, a refusal, or 503 and 429 with `Retry-After`. */
export function checkAnswers({ submissions, cancels, faults }: Evidence): Violation[] {
  const excused = faults.filter(({ fault }) => UNANSWERING.includes(fault));
  const inFault = (sentAt: number): boolean =>
    excused.some(({ beganAt, endedAt }) => sentAt <= endedAt && sentAt > beganAt - LONGEST_ANSWER_MS);
  const requests = [
    ...submissions.map((each) => ({
      ...each,
      allowed: [200, 202, 429, 503, ...(ALSO_ALLOWED[each.kind] ?? [])],
      id: `${each.marker} (${each.kind})`,
    })),
    ...cancels.map((each) => ({ ...each, allowed: [200, 202, 404, 409, 503], id: each.jobId })),
  ];
  const shown = ({ id, outcome }: (typeof requests)[number]): string => `${id}: ${describe(outcome)}`;
  return [
    violation(
      'answers',
      'not what the interface allows',
      requests
        .filter(({ outcome, allowed }) => outcome.kind === 'answered' && !allowed.includes(outcome.status))
        .map(shown),
    ),
    violation(
      'answers',
      '503 or 429 without Retry-After',
      requests.filter(({ outcome }) => isBusy(outcome) && !hasRetryAfter(outcome)).map(shown),
    ),
    violation(
      'answers',
      'without an answer',
      requests.filter(({ outcome, sentAt }) => outcome.kind === 'unanswered' && !inFault(sentAt)).map(shown),
    ),
    violation(
      'answers',
      `later than ${LONGEST_ANSWER_MS / 1_000} s`,
      requests.filter((each) => isLate(each) && !inFault(each.sentAt)).map(shown),
    ),
  ].flat();
}

function isBusy(outcome: HttpOutcome): boolean {
  return outcome.kind === 'answered' && (outcome.status === 503 || outcome.status === 429);
}

function hasRetryAfter(outcome: HttpOutcome): boolean {
  return outcome.kind === 'answered' && Number(outcome.headers['retry-after']) >= 0;
}

function isLate({ outcome, kind }: Pick<Submission, 'outcome'> & { readonly kind?: string }): boolean {
  // It asks to wait five seconds.
  const allowance = kind === 'waited' ? 5_000 : 0;
  return outcome.kind === 'answered' && outcome.milliseconds > LONGEST_ANSWER_MS + allowance;
}

function describe(outcome: HttpOutcome): string {
  switch (outcome.kind) {
    case 'answered':
      return `${outcome.status} after ${Math.round(outcome.milliseconds)} ms`;
    case 'unanswered':
      return `${outcome.reason} after ${Math.round(outcome.milliseconds)} ms`;
    case 'unsent':
      return 'nobody listens';
  }
}
