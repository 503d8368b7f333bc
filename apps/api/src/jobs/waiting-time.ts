import type { FastifyReply } from 'fastify';

/** The longest that a request is held, in seconds. */
export const LONGEST_WAIT_SECONDS = 60;

/** The seconds of `Prefer: wait=N` (RFC 7240), at most 60; undefined where it is not asked for or makes no sense. */
export function preferredWait(prefer: string | undefined): number | undefined {
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d+)"?\s*(?:$|[,;])/i.exec(prefer ?? '')?.[1];
  return seconds === undefined ? undefined : Math.min(Number(seconds), LONGEST_WAIT_SECONDS);
}

/** Aborts when the client has all of its answer, or is gone. */
export function untilDone(reply: FastifyReply): AbortSignal {
  if (reply.raw.destroyed) return AbortSignal.abort();
  const done = new AbortController();
  reply.raw.once('close', () => done.abort());
  return done.signal;
}
