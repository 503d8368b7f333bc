import Anthropic from '@anthropic-ai/sdk';
import { type CallContext, type ProviderAuth, type ProviderError, type ProviderSettings } from '@switchyard/contract';
import { type Fetch, VendorConnection } from '../connection/vendor-connection.js';
import { type AnthropicQuirks } from './quirks.js';

/** The client arms a timer with it for every call; a longer one would fire at once. Net keeps the true limits. */
const NEVER_MS = 2_147_483_647;

/**
 * The version whose requests the client's types describe, and the one before it: the last that takes `temperature`,
 * `top_p` and `top_k` (https://platform.claude.com/docs/en/api/versioning).
 */
const VERSION = '2026-10-21';
const VERSION_WITH_SAMPLING = '2023-06-01';

/** One call on its way through the client, which tells nobody why it failed where it takes that for a timeout. */
interface CallInClient {
  readonly context: CallContext;
  failure?: unknown;
}

/** What the client hands on to its `fetch` untouched. */
interface FetchOptions extends Pick<RequestInit, 'redirect'> {
  readonly call: CallInClient;
}

/** One provider's client; every failure comes out in the vocabulary of the contract. */
export class AnthropicConnection {
  private readonly client: Anthropic;
  private readonly wire: VendorConnection;
  private readonly hasVersionHeader: boolean;

  /** @throws Error that names the setting which is missing or wrong. */
  constructor(settings: ProviderSettings, quirks: AnthropicQuirks) {
    this.wire = new VendorConnection(settings, quirks);
    this.hasVersionHeader = quirks.versionInBody === undefined;
    this.client = new Anthropic({
      // The paths below begin with the version; a base URL may, as those of other kinds do.
      baseURL: this.wire.baseURL.replace(/\/v1$/, ''),
      // The client looks for credentials on the machine unless it is given some; the connection alone decides what is sent.
      apiKey: 'none',
      // Each of these is read from the environment unless it is given.
      webhookKey: null,
      logLevel: 'off',
      openTelemetry: false,
      maxRetries: 0,
      timeout: NEVER_MS,
      fetch: fetchThrough(this.wire),
    });
  }

  get auth(): ProviderAuth {
    return this.wire.auth;
  }

  /**
   * Posts a body. The client's method for any path, as `messages.create` warns on the console of what it knows of models.
   * @param samples whether the body says how tokens are to be sampled.
   * @returns the vendor's answer, of a status that means success, with its body unread.
   */
  async post(context: CallContext, path: string, body: object, samples: boolean): Promise<Response> {
    const call: CallInClient = { context: this.withVersion(context, samples ? VERSION_WITH_SAMPLING : VERSION) };
    try {
      return await this.client.post(path, { body, fetchOptions: optionsOf(call) }).asResponse();
    } catch (error) {
      throw this.toFailure(call.failure ?? error, context.signal);
    }
  }

  /** Asks for what stands at a path. @returns its JSON. */
  async get(context: CallContext, path: string): Promise<unknown> {
    const call: CallInClient = { context: this.withVersion(context, VERSION) };
    try {
      const response = await this.client.get(path, { fetchOptions: optionsOf(call) }).asResponse();
      return await this.readJson(response, context.signal);
    } catch (error) {
      throw this.toFailure(call.failure ?? error, context.signal);
    }
  }

  readJson(response: Response, signal: AbortSignal): Promise<unknown> {
    return this.wire.readJson(response, signal);
  }

  toErrorInBody(body: unknown, otherwise: 'bad_response' | 'stream_interrupted'): ProviderError {
    return this.wire.toErrorInBody(body, otherwise);
  }

  /** What a call is to be rejected with. */
  toFailure(error: unknown, signal: AbortSignal): unknown {
    return this.wire.toFailure(error, signal);
  }

  close(): Promise<void> {
    return this.wire.close();
  }

  private withVersion(context: CallContext, version: string): CallContext {
    if (!this.hasVersionHeader) return context;
    return { ...context, headers: { ...context.headers, 'anthropic-version': version } };
  }
}

function optionsOf(call: CallInClient): FetchOptions {
  return { redirect: 'manual', call };
}

/** The client's `fetch`: each call brings itself along, as the client knows no better place for it. */
function fetchThrough(wire: VendorConnection): Fetch {
  return async (input, init) => {
    const call = callOf(init);
    if (!call) throw new TypeError('A call without its context cannot be sent.');
    try {
      const response = await wire.fetch(call.context, input, init);
      if (response.ok) return response;
      throw await wire.readRefusal(response);
    } catch (error) {
      call.failure = error;
      throw error;
    }
  };
}

function callOf(init: (RequestInit & Partial<FetchOptions>) | undefined): CallInClient | undefined {
  return init?.call;
}
