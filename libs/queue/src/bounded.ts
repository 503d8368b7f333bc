/** How long one operation on the queue may take before its caller goes on without it, in milliseconds. */
export const OPERATION_LIMIT_MS = 400;

/** The queue does not answer. Nothing is lost that the database does not know: the caller carries on. */
export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';
}

/** What an operation's caller is told: whatever the backend says, nothing can be done but to carry on. */
export function unavailable(cause: unknown): QueueUnavailableError {
  if (cause instanceof QueueUnavailableError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new QueueUnavailableError(`The queue failed: ${why}`, { cause });
}

/**
 * Waits for `work`, but no longer than `limitMs` milliseconds.
 * @throws QueueUnavailableError when time is up; what `work` does later is ignored.
 */
export async function within<Value>(limitMs: number, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new QueueUnavailableError(`The queue did not answer within ${String(limitMs)} ms.`));
    }, limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
