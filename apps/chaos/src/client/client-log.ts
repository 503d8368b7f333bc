import type { HttpOutcome } from './http-call.js';
import type { JobKindName } from './job-kinds.js';

/** A job that the client asked for, and what it was told. */
export interface Submission {
  /** What the job carries in its metadata; a client's retry of a job carries that of the job. */
  readonly marker: string;
  readonly kind: JobKindName;
  /** Unix time in milliseconds. */
  readonly sentAt: number;
  /** Since the first try; a request that nobody listened to goes to the other API. */
  readonly outcome: HttpOutcome;
  /** Of the job, where it was admitted. */
  readonly jobId: string | undefined;
  /** The answer to an earlier request under the same `Idempotency-Key`. */
  readonly replayed?: true;
}

/** A cancel that the client asked for. */
export interface CancelRequest {
  readonly jobId: string;
  readonly sentAt: number;
  readonly outcome: HttpOutcome;
}

/** Whatever the client did and was told: one of the four accounts that are held against each other at the end. */
export class ClientLog {
  readonly #submissions: Submission[] = [];
  readonly #cancels: CancelRequest[] = [];

  addSubmission(submission: Submission): void {
    this.#submissions.push(submission);
  }

  addCancel(cancel: CancelRequest): void {
    this.#cancels.push(cancel);
  }

  get submissions(): readonly Submission[] {
    return this.#submissions;
  }

  get cancels(): readonly CancelRequest[] {
    return this.#cancels;
  }
}

/** Whether the client was promised the job. */
export function isAdmitted(submission: Submission): boolean {
  const { outcome } = submission;
  return outcome.kind === 'answered' && (outcome.status === 202 || outcome.status === 200);
}
