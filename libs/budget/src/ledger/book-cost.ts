import { v7 } from 'uuid';
import { GatewayError, nanoUsd, type NanoUsd } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';

declare const brand: unique symbol;

/** `booking_` and 32 hexadecimal digits: a UUID of version 7, so that ids sort by the time they were made. */
export type BookingId = string & { readonly [brand]: 'BookingId' };

/** A cost that arose outside the gateway, as it is asked to be booked. */
export interface NewBooking {
  readonly tenantId: number;
  /** Name of one of the tenant's keys, revoked or not. Null: it belongs to no key. */
  readonly key: string | null;
  /** A name that reports show; need not be configured, and the model neither. */
  readonly provider: string;
  readonly model: string;
  /** Above zero. */
  readonly cost: NanoUsd;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly description: string | null;
  /** The admin key that books, and the tenant that it acts for. */
  readonly bookedBy: { readonly keyId: number; readonly tenantId: number };
  /** Names this booking within the acting tenant, for 24 hours. Null: a repeat books again. */
  readonly idempotencyKey: string | null;
  /** SHA-256 of what was asked for, in hexadecimal: it tells a repeat from another request under the same key. */
  readonly digest: string;
}

/** A cost that was booked. */
export interface Booking {
  readonly id: BookingId;
  readonly tenant: string;
  readonly key: string | null;
  readonly provider: string;
  readonly model: string;
  readonly cost: NanoUsd;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly description: string | null;
  readonly bookedAt: Date;
  /** It was there before this request. */
  readonly replayed: boolean;
}

interface BookingRow {
  readonly tenant: string;
  readonly key: string | null;
  readonly provider: string;
  readonly model: string;
  readonly cost_nano: bigint;
  readonly prompt_tokens: bigint | null;
  readonly completion_tokens: bigint | null;
  readonly description: string | null;
  readonly booked_at: Date;
}

/** The public id of a booking whose row has this UUID. */
export function bookingIdFromUuid(uuid: string): BookingId {
  return `booking_${uuid.replaceAll('-', '')}` as BookingId;
}

/**
 * Books a cost into the ledger, as an overrun that no reservation foresaw; reports and budgets count it from now on.
 * @throws GatewayError (422) where the tenant has no such key, and (422, `idempotency_key_reused`) where the idempotency
 * key stands for another request
 */
export async function bookCost(database: Database, booking: NewBooking): Promise<Booking> {
  const newId = v7();
  const keyId = await keyIdOf(database, booking);
  // Made before, not in the transaction that locks budgets: admissions lock these first and make lanes then.
  await database.query(sql`select lane_id_of(${booking.provider}, ${booking.model}, ${booking.tenantId})`);
  const [booked] = await database.query<{ id: string; same: boolean }>(sql`
    select id, same from book_cost(
      ${newId}::uuid, ${booking.bookedBy.tenantId}, ${booking.bookedBy.keyId}, ${booking.tenantId}, ${keyId},
      ${booking.provider}, ${booking.model}, ${booking.cost}, ${booking.promptTokens}, ${booking.completionTokens},
      ${booking.description}, ${booking.idempotencyKey}, decode(${booking.digest}, 'hex'))`);
  if (!booked) throw new Error('A cost was not booked.');
  if (!booked.same) {
    throw new GatewayError(
      'invalid_request_error',
      'This `Idempotency-Key` was used for another booking; use a new one, or send the same body.',
      { code: 'idempotency_key_reused', param: 'Idempotency-Key' },
    );
  }
  return { ...(await readBooking(database, booked.id)), replayed: booked.id !== newId };
}

async function keyIdOf(database: Database, { key, tenantId }: NewBooking): Promise<number | null> {
  if (key === null) return null;
  const [row] = await database.query<{ id: number }>(
    sql`select id from keys where name = ${key} and tenant_id = ${tenantId}`,
  );
  if (row) return row.id;
  throw new GatewayError('invalid_request_error', `The tenant has no key "${key}"; name one of its keys, or none.`, {
    param: 'key',
  });
}

async function readBooking(database: Database, id: string): Promise<Omit<Booking, 'replayed'>> {
  const [row] = await database.query<BookingRow>(sql`
    select t.name as tenant, k.name as key, p.name as provider, l.model, b.cost_nano, b.prompt_tokens, b.completion_tokens,
           b.description, b.booked_at
      from bookings b join lanes l on l.id = b.lane_id join providers p on p.id = l.provider_id
      join tenants t on t.id = l.tenant_id left join keys k on k.id = b.key_id
     where b.id = ${id}::uuid`);
  if (!row) throw new Error('A booking is gone.');
  return {
    id: bookingIdFromUuid(id),
    tenant: row.tenant,
    key: row.key,
    provider: row.provider,
    model: row.model,
    cost: nanoUsd(row.cost_nano),
    promptTokens: row.prompt_tokens === null ? null : Number(row.prompt_tokens),
    completionTokens: row.completion_tokens === null ? null : Number(row.completion_tokens),
    description: row.description,
    bookedAt: row.booked_at,
  };
}
