import { type CallContext, CallTimeoutError, ProviderError, type ProviderSettings } from '@switchyard/contract';
import { createVendorFetch, type VendorFetch, type VendorRequestInit } from '@switchyard/net';
import OpenAI, { APIError } from 'openai';
import { classifyErrorBody, classifyStatus } from '../classify-error.js';
import { isObject, parseJson } from '../json.js';
import { type OpenAiQuirks } from './quirks.js';

const DEFAULT_MAX_RESPONSE_BYTES = 33_554_432;
/** The client arms a timer with it for every call; a longer one would fire at once. Net keeps the true limits. */
const NEVER_MS = 2_147_483_647;

/** Headers that are the connection's own, and those by which a vendor might take another's key. */
const NOT_OF_A_CALL = [
  'accept-encoding',
  'api-key',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-api-key',
];

/** What one call gives to a method of the client. */
type CallOptions = Pick<OpenAI.RequestOptions, 'signal' | 'headers' | 'fetchOptions'>;

/** A method of the client, called; its answer is not read by it. */
type ClientCall = (client: OpenAI, options: CallOptions) => { asResponse(): Promise<Response> };

/**
 * The official client, without what it adds of itself: it would send the machine's operating system and versions with
 * every call (`x-stainless-*`), and headers from the environment (`OPENAI_CUSTOM_HEADERS`), the key's included.
 */
class PlainClient extends OpenAI {
  constructor(
    options: ConstructorParameters<typeof OpenAI>[0],
    private readonly ownHeaders: Readonly<Record<string, string>>,
  ) {
    super(options);
  }

  protected override async prepareRequest(
    request: RequestInit,
    { options }: { readonly url: string; readonly options: { headers?: unknown } },
  ): Promise<void> {
    const headers: Record<string, string> = {};
    for (const [given, value] of Object.entries(isObject(options.headers) ? options.headers : {})) {
      const name = given.toLowerCase();
      if (typeof value === 'string' && !NOT_OF_A_CALL.includes(name)) headers[name] = value;
    }
    Object.assign(headers, this.ownHeaders);
    if (request.body != null) headers['content-type'] = 'application/json';
    request.headers = headers;
  }
}

/** One provider's client and sockets; every failure comes out in the vocabulary of the contract. */
export class OpenAiConnection {
  private readonly client: OpenAI;
  private readonly net: VendorFetch;
  private readonly secrets: readonly string[];

  /** @throws Error that names the setting which is missing or wrong. */
  constructor(settings: ProviderSettings, quirks: OpenAiQuirks) {
    const { apiKey } = settings;
    const baseURL = baseUrlOf(settings, quirks);
    this.secrets = apiKey ? [apiKey] : [];
    this.net = createVendorFetch({
      timeouts: settings.timeouts,
      maxResponseBytes: settings.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES,
    });
    this.client = new PlainClient(
      {
        baseURL,
        // The client refuses to be made without a key, though `ownHeaders` alone decides what is sent.
        apiKey: apiKey || 'none',
        // Each of these is read from the environment unless it is given.
        adminAPIKey: null,
        organization: null,
        project: null,
        webhookSecret: null,
        logLevel: 'off',
        maxRetries: 0,
        timeout: NEVER_MS,
        fetch: this.net.fetch,
      },
      {
        accept: 'application/json',
        'user-agent': 'switchyard',
        ...quirks.headers,
        ...(apiKey && { authorization: `Bearer ${apiKey}` }),
      },
    );
  }

  /** Runs one call. @returns the vendor's answer, of a status that means success, with its body unread. */
  async send({ signal, headers, onSent }: CallContext, call: ClientCall): Promise<Response> {
    // The client hands these on to its `fetch`, which is ours and follows no redirect.
    const fetchOptions: Pick<VendorRequestInit, 'onSent' | 'redirect'> = { redirect: 'manual', onSent };
    try {
      return await call(this.client, { signal, fetchOptions, ...(headers && { headers }) }).asResponse();
    } catch (error) {
      throw this.toFailure(error, signal);
    }
  }

  /** Runs one call and reads its answer. @returns what stands in it as JSON. */
  async sendForJson(context: CallContext, call: ClientCall): Promise<unknown> {
    return this.readJson(await this.send(context, call), context.signal);
  }

  /** @throws ProviderError `bad_response` for what is no JSON, or the error that the vendor wrote in its place. */
  async readJson(response: Response, signal: AbortSignal): Promise<unknown> {
    let text: string;
    try {
      text = await response.text();
    } catch (error) {
      throw this.toFailure(error, signal);
    }
    const body = parseJson(text);
    if (body === undefined) {
      const what = text.trim() === '' ? 'empty' : 'not JSON';
      throw new ProviderError('bad_response', `The answer of the provider is ${what}.`, { status: response.status });
    }
    if (isObject(body) && body.error != null) throw this.toErrorInBody(body, 'bad_response');
    return body;
  }

  /** An error that the vendor wrote into an answer of status 200; inside a stream, text may have come before it. */
  toErrorInBody(body: unknown, otherwise: 'bad_response' | 'stream_interrupted'): ProviderError {
    return classifyErrorBody(body, { otherwise, refused: otherwise === 'bad_response' }, this.secrets);
  }

  /**
   * What a call is to be rejected with. The client's own errors hold the answer's headers and text, and those of Node
   * may quote a header with the key in it; so nothing of them is passed on but what is known to be harmless.
   */
  toFailure(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if (cause instanceof ProviderError || cause instanceof CallTimeoutError) return cause;
    }
    const refusal = error instanceof APIError ? readRefusal(error) : undefined;
    if (refusal) return classifyStatus(refusal.status, refusal.headers, refusal.body, this.secrets);
    return new ProviderError('invalid_request', 'The request could not be sent to the provider.', {
      reachedVendor: false,
    });
  }

  close(): Promise<void> {
    return this.net.close();
  }
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

function baseUrlOf({ name, apiKey, baseURL }: ProviderSettings, { defaultBaseURL }: OpenAiQuirks): string {
  const url = baseURL ?? defaultBaseURL;
  if (url === undefined) throw new Error(`providers.${name}.baseURL is missing; set it to where the server's API is.`);
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new Error(`providers.${name}.baseURL is not an http or https URL; write it like https://host/v1.`);
  }
  if (!apiKey && url === defaultBaseURL) throw new Error(`providers.${name}.apiKey is missing; ${url} asks for one.`);
  if (apiKey && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new Error(`providers.${name}.apiKey holds a character that no key has; look for a space or a line break.`);
  }
  return url;
}
