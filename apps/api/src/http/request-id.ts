import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A client's own id of a request is kept when it looks like one. */
const REQUEST_ID = /^[\w-]{8,128}$/;

/** The id of a request, which its answer carries as `x-request-id`. */
export function requestIdOf({ headers }: { readonly headers: IncomingHttpHeaders }): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : newRequestId();
}

/** An id for what never became a request. */
export function newRequestId(): string {
  return `req_${randomUUID().replaceAll('-', '')}`;
}
