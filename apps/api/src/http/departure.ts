import type { ServerResponse } from 'node:http';

/** For an answer to be taken, in milliseconds: as long as a request may take to arrive. */
const DEPARTURE_LIMIT_MS = 120_000;

/** Cuts off a client that does not take its answer in time: what it does not read is held for it in memory. */
export function limitDeparture(response: ServerResponse): void {
  if (response.destroyed) return;
  const cut = setTimeout(() => response.destroy(), DEPARTURE_LIMIT_MS).unref();
  response.once('close', () => clearTimeout(cut));
}
