import { type CallTimeouts, type ProviderSettings } from '@switchyard/contract';
import { createVendorFetch } from '@switchyard/net';
import { type Fetch } from '../connection/vendor-connection.js';

/** A token is an answer of a few kilobytes. */
const MAX_TOKEN_BYTES = 262_144;
/** A token service is given less time than a model. */
const PATIENCE: CallTimeouts = { connectMs: 5_000, firstByteMs: 10_000, idleMs: 5_000, totalMs: 15_000 };

/** Our own capped `fetch`, as the clients of token services take one: its answers are whole, and can be read again. */
export function openTokenFetch({ timeouts }: ProviderSettings): { readonly fetch: Fetch; close(): Promise<void> } {
  const net = createVendorFetch({
    timeouts: {
      connectMs: Math.min(timeouts.connectMs, PATIENCE.connectMs),
      firstByteMs: Math.min(timeouts.firstByteMs, PATIENCE.firstByteMs),
      idleMs: Math.min(timeouts.idleMs, PATIENCE.idleMs),
      totalMs: Math.min(timeouts.totalMs, PATIENCE.totalMs),
    },
    maxResponseBytes: MAX_TOKEN_BYTES,
  });
  return {
    async fetch(input, init = {}) {
      const headers = Object.fromEntries(new Headers(init.headers));
      const response = await net.fetch(input, {
        method: init.method ?? 'GET',
        headers: { ...headers, 'user-agent': 'switchyard' },
        body: init.body instanceof URLSearchParams ? init.body.toString() : (init.body ?? null),
        signal: init.signal ?? null,
        redirect: 'manual',
      });
      const text = await response.text();
      const { status } = response;
      return new Response(text === '' ? null : text, { status, headers: response.headers });
    },
    close: () => net.close(),
  };
}
