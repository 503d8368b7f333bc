import { type CallTimeouts, ProviderError } from '@switchyard/contract';
import { Agent } from 'undici';
import { toCallError } from './call-error.js';
import { ACCEPTED_ENCODINGS } from './decode-content.js';
import { Exchange } from './exchange.js';

export interface VendorFetchSettings {
  /** The limits of each call. A limit that passes rejects with `CallTimeoutError` and closes the socket. */
  readonly timeouts: CallTimeouts;
  /** Cap of an answer's body in bytes, on the wire as well as decompressed. */
  readonly maxResponseBytes: number;
}

/** What a request may say besides. */
export interface VendorRequestInit extends RequestInit {
  /** Called when a socket is connected and the next thing is to write to it. Never called: nothing has left. */
  readonly onSent?: (() => void) | undefined;
}

/** What a vendor's client gets instead of the global `fetch`. */
export interface VendorFetch {
  /**
   * Sends one request, once: nothing is sent again, no redirect is followed (a 3xx is an answer like any other).
   * Rejects with `CallTimeoutError`; with `ProviderError` of code `network` (`reachedVendor: false` where it is certain
   * that nothing was on the wire), `bad_response` (no HTTP, unreadable encoding), `response_too_large` or
   * `invalid_request` (cannot be sent at all); or, on abort, with the signal's reason. The body rejects in the same way.
   */
  readonly fetch: (input: string | URL | Request, init?: VendorRequestInit) => Promise<Response>;
  /** Closes every socket, also those of calls that still run. No call may follow. */
  close(): Promise<void>;
}

const KEEP_ALIVE_MS = 60_000;

/** A `fetch` for one vendor: pooled sockets over undici, with every limit of a call enforced. */
export function createVendorFetch(settings: VendorFetchSettings): VendorFetch {
  const { timeouts, maxResponseBytes } = settings;
  const agent = new Agent({
    // One call to a socket: closing it, or losing it, then ends that call and no other. HTTP/2 would share it.
    allowH2: false,
    pipelining: 1,
    // The worker bounds the calls (`concurrency`); a second bound here would make them wait where nobody sees it.
    connections: null,
    connectTimeout: timeouts.connectMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Exchange keeps these itself: undici's are coarse (half a second) and do not say which one passed.
    headersTimeout: 0,
    bodyTimeout: 0,
    // Else an environment variable of undici's decides.
    useMilo: false,
  });

  return {
    async fetch(input, init) {
      const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
      signal?.throwIfAborted();
      const { url, method, headers, body } = await toOutgoing(input, init);
      signal?.throwIfAborted();
      const exchange = new Exchange({
        url: url.href,
        method,
        signal,
        timeouts,
        maxResponseBytes,
        onSent: init?.onSent,
      });
      try {
        agent.dispatch({ origin: url.origin, path: `${url.pathname}${url.search}`, method, headers, body }, exchange);
      } catch (error) {
        exchange.fail(toCallError(error, false, timeouts));
      }
      return exchange.response;
    },
    close: () => agent.destroy(),
  };
}

interface Outgoing {
  readonly url: URL;
  readonly method: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: string | Uint8Array | null;
}

async function toOutgoing(input: string | URL | Request, init: RequestInit | undefined): Promise<Outgoing> {
  const body = init?.body ?? null;
  if (!(input instanceof Request) && (body === null || typeof body === 'string' || body instanceof Uint8Array)) {
    const url = toUrl(input);
    return { url, method: init?.method ?? 'GET', headers: toHeaderList(init?.headers), body };
  }
  // Forms, blobs and streams, which are rare: the platform knows how to write them out.
  const request = new Request(input, { ...init, duplex: 'half' });
  const bytes = await request.bytes();
  return { url: toUrl(request.url), method: request.method, headers: toHeaderList(request.headers), body: bytes };
}

function toUrl(input: string | URL): URL {
  const url = URL.parse(String(input));
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new ProviderError('invalid_request', 'The address of the provider is not an http or https URL.', {
    reachedVendor: false,
  });
}

function toHeaderList(init: RequestInit['headers']): string[] {
  const list: string[] = [];
  let encodingIsSaid = false;
  const entries = init === undefined || Symbol.iterator in init ? (init ?? []) : Object.entries(init);
  for (const [name, value] of entries) {
    if (name === undefined || value === undefined) continue;
    encodingIsSaid ||= name.toLowerCase() === 'accept-encoding';
    for (const item of typeof value === 'string' ? [value] : value) list.push(name, item);
  }
  if (!encodingIsSaid) list.push('accept-encoding', ACCEPTED_ENCODINGS);
  return list;
}
