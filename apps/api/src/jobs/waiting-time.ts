import type { FastifyReply } from 'fastify';
import { GatewayError } from '@switchyard/contract';

const LONGEST_SECONDS = 60;

/** The seconds of `Prefer: wait=N` (RFC 7240), at most 60; undefined where it is not asked for or makes no sense. */
export function preferredWait(prefer: string | string[] | undefined): number | undefined {
  const preferences = Array.isArray(prefer) ? prefer.join(',') : (prefer ?? '');
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(preferences)?.[1];
  return seconds === undefined ? undefined : Math.min(Number(seconds), LONGEST_SECONDS);
}

/** The seconds of `?waitSeconds=N`, at most 60. @throws GatewayError (422) for what is no number. */
export function askedWait(waitSeconds: string | undefined): number {
  if (waitSeconds === undefined) return 0;
  const seconds = /^\d{1,9}(\.\d{1,3})?$/.test(waitSeconds) ? Number(waitSeconds) : NaN;
  if (Number.isNaN(seconds)) {
    throw new GatewayError('invalid_request_error', '`waitSeconds` must be a number of seconds, 0 or more.', {
      param: 'waitSeconds',
    });
  }
  return Math.min(seconds, LONGEST_SECONDS);
}

/** Aborts when the client goes away before its answer. */
export function untilClientLeaves(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  return left.signal;
}
