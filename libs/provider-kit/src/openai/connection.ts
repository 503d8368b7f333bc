import { type CallContext, type ProviderAuth, type ProviderError, type ProviderSettings } from '@switchyard/contract';
import OpenAI, { APIError } from 'openai';
import { type Fetch, VendorConnection } from '../connection/vendor-connection.js';
import { type OpenAiQuirks } from './quirks.js';

/** The client arms a timer with it for every call; a longer one would fire at once. Net keeps the true limits. */
const NEVER_MS = 2_147_483_647;

/** What the client hands on to its `fetch` untouched. */
interface FetchOptions extends Pick<RequestInit, 'redirect'> {
  readonly callContext: CallContext;
}

/** What one call gives to a method of the client. */
type CallOptions = Pick<OpenAI.RequestOptions, 'signal' | 'fetchOptions'>;

/** A method of the client, called; its answer is not read by it. */
type ClientCall = (client: OpenAI, options: CallOptions) => { asResponse(): Promise<Response> };

/** One provider's client; every failure comes out in the vocabulary of the contract. */
export class OpenAiConnection {
  private readonly client: OpenAI;
  private readonly wire: VendorConnection;

  /** @throws Error that names the setting which is missing or wrong. */
  constructor(settings: ProviderSettings, quirks: OpenAiQuirks) {
    this.wire = new VendorConnection(settings, quirks);
    this.client = new OpenAI({
      baseURL: this.wire.baseURL,
      // The client refuses to be made without a key, though the connection alone decides what is sent.
      apiKey: 'none',
      // Each of these is read from the environment unless it is given.
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      logLevel: 'off',
      maxRetries: 0,
      timeout: NEVER_MS,
      fetch: fetchThrough(this.wire),
    });
  }

  get auth(): ProviderAuth {
    return this.wire.auth;
  }

  /** Runs one call. @returns the vendor's answer, of a status that means success, with its body unread. */
  async send(context: CallContext, call: ClientCall): Promise<Response> {
    const fetchOptions: FetchOptions = { redirect: 'manual', callContext: context };
    try {
      return await call(this.client, { signal: context.signal, fetchOptions }).asResponse();
    } catch (error) {
      throw this.toFailure(error, context.signal);
    }
  }

  /** Runs one call and reads its answer. @returns what stands in it as JSON. */
  async sendForJson(context: CallContext, call: ClientCall): Promise<unknown> {
    return this.wire.readJson(await this.send(context, call), context.signal);
  }

  readJson(response: Response, signal: AbortSignal): Promise<unknown> {
    return this.wire.readJson(response, signal);
  }

  toErrorInBody(body: unknown, otherwise: 'bad_response' | 'stream_interrupted'): ProviderError {
    return this.wire.toErrorInBody(body, otherwise);
  }

  /** What a call is to be rejected with. */
  toFailure(error: unknown, signal: AbortSignal): unknown {
    const refusal = !signal.aborted && error instanceof APIError ? readRefusal(error) : undefined;
    return refusal
      ? this.wire.toRefusal(refusal.status, refusal.headers, refusal.body)
      : this.wire.toFailure(error, signal);
  }

  close(): Promise<void> {
    return this.wire.close();
  }
}

/** The client's `fetch`: each call brings its context along, as the client knows no better place for it. */
function fetchThrough(wire: VendorConnection): Fetch {
  return (input, init) => {
    const context = contextOf(init);
    if (!context) throw new TypeError('A call without its context cannot be sent.');
    return wire.fetch(context, input, init);
  };
}

function contextOf(init: (RequestInit & Partial<FetchOptions>) | undefined): CallContext | undefined {
  return init?.callContext;
}

/** What the vendor answered, as far as the client's error holds it; undefined where there was no answer. */
function readRefusal(refusal: {
  readonly status: unknown;
  readonly headers: unknown;
  readonly error: unknown;
  readonly message: string;
}): { status: number; headers: Headers; body: unknown } | undefined {
  const { status, message } = refusal;
  if (typeof status !== 'number') return undefined;
  const headers = refusal.headers instanceof Headers ? refusal.headers : new Headers();
  // The text of a body that is no JSON is only kept in the message, behind the status.
  const text = message.endsWith('(no body)') ? undefined : message.slice(`${status} `.length);
  return { status, headers, body: refusal.error ?? text };
}
