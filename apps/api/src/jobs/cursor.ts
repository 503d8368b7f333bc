import { GatewayError, parseJobId } from '@switchyard/contract';
import type { ListPosition } from '@switchyard/jobs';

/** Writes a position in a list so that a client can send it back. */
export function writeCursor(position: ListPosition): string {
  return Buffer.from(`${position.createdMicros}.${position.id}`).toString('base64url');
}

/** Reads a cursor. @throws GatewayError (422) for one that was not made here. */
export function readCursor(cursor: string): ListPosition {
  const [micros = '', id] = Buffer.from(cursor, 'base64url').toString('utf8').split('.');
  const jobId = parseJobId(id);
  if (!/^\d{1,17}$/.test(micros) || !jobId) {
    throw new GatewayError('invalid_request_error', '`cursor` is none; send `nextCursor` of the page before.', {
      param: 'cursor',
    });
  }
  return { createdMicros: BigInt(micros), id: jobId };
}
