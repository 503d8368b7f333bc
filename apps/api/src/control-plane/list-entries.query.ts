import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { GatewayError } from '@switchyard/contract';
import { PageSize } from '../http/page-size.js';

/** The query of a list of the control plane. */
export class ListEntriesQuery {
  @PageSize({ maximum: 100, byDefault: 20 })
  limit: number = 20;

  @ApiPropertyOptional({ description: '`nextCursor` of the page before.' })
  @IsOptional()
  @Matches(/^[\w-]{1,400}$/, { message: 'must be `nextCursor` of the page before' })
  cursor?: string;
}

/** Writes the name that a page ended with so that a client can send it back. */
export function writeNameCursor(name: string): string {
  return Buffer.from(`after ${name}`).toString('base64url');
}

/** @throws GatewayError (422) for a cursor that was not made here */
export function readNameCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (text.startsWith('after ')) return text.slice('after '.length);
  throw new GatewayError('invalid_request_error', '`cursor` is none; send `nextCursor` of the page before.', {
    param: 'cursor',
  });
}
