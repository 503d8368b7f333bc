import { overloaded } from '../errors/overloaded.js';

/** Every request has its answer, be it a refusal, within five seconds; some are left for the way. */
const LIMIT_MS = 4_700;

/**
 * Does what a request asks, or gives up in time to say so: a database that takes what it is sent and never answers must
 * not hold a client.
 * @param work gets the signal that tells it to leave what it has not begun.
 * @param waitMs How long the request asked to wait, beyond the limit.
 * @throws GatewayError (503) when the time is up
 */
export async function timely<Result>(work: (signal: AbortSignal) => Promise<Result>, waitMs = 0): Promise<Result> {
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = overloaded();
      limit.abort(error);
      reject(error);
    }, LIMIT_MS + waitMs);
  });
  try {
    return await Promise.race([work(limit.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
