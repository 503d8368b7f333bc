import {
  type CallContext,
  CallTimeoutError,
  type ProviderAuth,
  ProviderError,
  type ProviderSettings,
} from '@switchyard/contract';
import { createVendorFetch, type VendorFetch } from '@switchyard/net';
import { classifyErrorBody, classifyStatus } from '../classify-error.js';
import { type Credential, type KeyPlace, openCredential } from '../credential/credential.js';
import { isObject, parseJson } from '../json.js';
import { type HeaderReader } from '../retry-after.js';
import { headersOfCall } from './call-headers.js';

const DEFAULT_MAX_RESPONSE_BYTES = 33_554_432;

/** How a kind of provider is spoken to. */
export interface WireSettings {
  /** Where its API is, unless the settings say so. Without one here, the settings must. */
  readonly defaultBaseURL?: string;
  /** Where its key goes. Default `authorization: Bearer`. */
  readonly keyPlace?: KeyPlace;
  /** One that several connections share; whoever opened it closes it. Default the settings' own. */
  readonly credential?: Credential;
  /** Sent with every call. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers of the vendor's client that go on to it; all others that it adds stay here. Names in lower case. */
  readonly clientHeaders?: readonly string[];
}

/** What an error in an answer of status 200 may mean. */
export type ErrorInBody = 'bad_response' | 'invalid_request' | 'stream_interrupted';

/** A `fetch`, as vendors' clients take one. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * One provider's sockets and credential. Vendors' clients get its `fetch`, and so send nothing of their own: no headers
 * from the environment or about the machine, no key but the provider's. Every failure comes out in the vocabulary of the
 * contract.
 */
export class VendorConnection {
  /** Without a slash at its end. */
  readonly baseURL: string;
  readonly #net: VendorFetch;
  readonly #credential: Credential;
  readonly #sharesCredential: boolean;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #clientHeaders: readonly string[];

  /** @throws Error that names the setting which is missing or wrong. */
  constructor(settings: ProviderSettings, wire: WireSettings) {
    this.#credential = wire.credential ?? openCredential(settings, wire.keyPlace);
    this.#sharesCredential = wire.credential !== undefined;
    this.baseURL = baseUrlOf(settings, wire.defaultBaseURL, this.#credential);
    this.#headers = { accept: 'application/json', 'user-agent': 'switchyard', ...wire.headers };
    this.#clientHeaders = wire.clientHeaders ?? [];
    this.#net = createVendorFetch({
      timeouts: settings.timeouts,
      maxResponseBytes: settings.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES,
    });
  }

  get auth(): ProviderAuth {
    return this.#credential;
  }

  /** The `fetch` of one call: its headers, its signal, and the word that something has left. */
  fetchFor(context: CallContext): Fetch {
    return (input, init) => this.fetch(context, input, init);
  }

  /** Sends one request of a call. An answer of any status is an answer. */
  async fetch(context: CallContext, input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const { signal, onSent } = context;
    const headers: Record<string, string> = { ...headersOfCall(context.headers), ...this.#headers };
    for (const name of this.#clientHeaders) {
      const value = headerOf(init.headers, name);
      if (value !== null) headers[name] = value;
    }
    if (init.body != null) headers['content-type'] ??= 'application/json';
    const authorizing = this.#credential.authorize(signal);
    const authorization = authorizing instanceof Promise ? await authorizing : authorizing;
    Object.assign(headers, authorization.headers);
    const { body, method } = init;
    const response = await this.#net.fetch(input, {
      headers,
      signal,
      onSent,
      redirect: 'manual',
      ...(body !== undefined && { body }),
      ...(method !== undefined && { method }),
    });
    if (response.ok) authorization.accepted();
    const again = response.status === 401 ? authorization.refused() : undefined;
    if (again === undefined) return response;
    await response.body?.cancel();
    // Not `authentication`, which ends the job: this call was refused for what the next one goes without.
    throw new ProviderError('overloaded', again, { status: 401 });
  }

  /**
   * Sends one request and reads its answer.
   * @param path below `baseURL`, with its slash.
   * @returns the JSON of an answer whose status means success.
   */
  async requestJson(context: CallContext, path: string, body?: unknown): Promise<unknown> {
    return this.readJson(await this.request(context, path, body), context.signal);
  }

  /** The same with the answer's body unread. A body makes it a POST. */
  async request(context: CallContext, path: string, body?: unknown): Promise<Response> {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    try {
      const response = await this.fetch(context, `${this.baseURL}${path}`, init);
      if (response.ok) return response;
      throw await this.readRefusal(response);
    } catch (error) {
      throw this.toFailure(error, context.signal);
    }
  }

  /** @throws ProviderError `bad_response` for what is no JSON, or the error that the vendor wrote in its place. */
  async readJson(response: Response, signal: AbortSignal): Promise<unknown> {
    const body = await this.readBody(response, signal);
    if (isObject(body) && body.error != null) throw this.toErrorInBody(body, 'bad_response');
    return body;
  }

  /** The same where an error has no known place. */
  async readBody(response: Response, signal: AbortSignal): Promise<unknown> {
    let text: string;
    try {
      text = await response.text();
    } catch (error) {
      throw this.toFailure(error, signal);
    }
    const body = parseJson(text);
    if (body !== undefined) return body;
    const what = text.trim() === '' ? 'empty' : 'not JSON';
    throw new ProviderError('bad_response', `The answer of the provider is ${what}.`, { status: response.status });
  }

  /** What an answer of a status that means no success is to be rejected with. */
  async readRefusal(response: Response): Promise<ProviderError> {
    const text = await response.text();
    return this.toRefusal(response.status, response.headers, parseJson(text) ?? text);
  }

  /** The same where a client has read the answer already. */
  toRefusal(status: number, headers: HeaderReader, body: unknown): ProviderError {
    return classifyStatus(status, headers, body, this.#credential.secrets());
  }

  /**
   * An error that the vendor wrote into an answer of status 200; inside a stream, text may have come before it.
   * @param otherwise what it means unless its words say; the vendor's text is quoted for an `invalid_request`.
   */
  toErrorInBody(body: unknown, otherwise: ErrorInBody): ProviderError {
    const refused = otherwise !== 'stream_interrupted';
    return classifyErrorBody(body, { otherwise, refused }, this.#credential.secrets());
  }

  /**
   * What a call is to be rejected with. Clients' own errors hold the answer's headers and text, and those of Node may
   * quote a header with the key in it; so nothing of them is passed on but what is known to be harmless.
   */
  toFailure(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if (cause instanceof ProviderError || cause instanceof CallTimeoutError) return cause;
    }
    return new ProviderError('invalid_request', 'The request could not be sent to the provider.', {
      reachedVendor: false,
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#net.close(), this.#sharesCredential ? undefined : this.#credential.close()]);
  }
}

function headerOf(headers: RequestInit['headers'], name: string): string | null {
  return headers === undefined ? null : new Headers(headers).get(name);
}

function baseUrlOf(settings: ProviderSettings, defaultBaseURL: string | undefined, { kind }: Credential): string {
  const { name, baseURL } = settings;
  const url = baseURL ?? defaultBaseURL;
  if (url === undefined) throw new Error(`providers.${name}.baseURL is missing; set it to where the server's API is.`);
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new Error(`providers.${name}.baseURL is not an http or https URL; write it like https://host/v1.`);
  }
  if (kind === 'none' && url === defaultBaseURL) {
    throw new Error(`providers.${name}.apiKey is missing; ${url} asks for one, or for auth.`);
  }
  return url.replace(/\/+$/, '');
}
