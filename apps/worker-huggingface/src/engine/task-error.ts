import { type TaskFailure } from './protocol.js';

/** A task that failed for a cause that is told. */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  constructor(
    readonly failure: TaskFailure['cause'],
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}
