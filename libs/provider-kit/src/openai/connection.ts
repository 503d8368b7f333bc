import { type CallContext, type ProviderAuth, type ProviderError, type ProviderSettings } from '@switchyard/contract';
import OpenAI, { APIError } from 'openai';
import { type Fetch, VendorConnection } from '../connection/vendor-connection.js';
import { isObject } from '../json.js';
import { type OpenAiQuirks, type Operation, PATHS } from './quirks.js';

/** The client arms a timer with it for every call; a longer one would fire at once. Net keeps the true limits. */
const NEVER_MS = 2_147_483_647;

/** What the client hands on to its `fetch` untouched. */
interface FetchOptions extends Pick<RequestInit, 'redirect'> {
  readonly callContext: CallContext;
}

/** What one call gives to a method of the client. */
type CallOptions = Pick<OpenAI.RequestOptions, 'signal' | 'fetchOptions' | 'path'>;

/** A method of the client, called; its answer is not read by it. */
export type Ask = (client: OpenAI, options: CallOptions) => { asResponse(): Promise<Response> };

/** One call, and where it belongs. */
interface RoutedCall {
  readonly context: CallContext;
  readonly operation: Operation;
  /** Absent where it is about no model. */
  readonly model?: string;
  readonly ask: Ask;
}

/** One provider's client; every failure comes out in the vocabulary of the contract. */
export class OpenAiConnection {
  private readonly client: OpenAI;
  private readonly wire: VendorConnection;
  private readonly routeOf: NonNullable<OpenAiQuirks['routeOf']>;

  /** @throws Error that names the setting which is missing or wrong. */
  constructor(settings: ProviderSettings, quirks: OpenAiQuirks) {
    this.wire = new VendorConnection(settings, quirks);
    this.routeOf = quirks.routeOf ?? (({ path }) => path);
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
  async send(call: RoutedCall): Promise<Response> {
    try {
      return await this.run(call);
    } catch (error) {
      throw this.toFailure(error, call.context.signal);
    }
  }

  /** The same for a chat, whose prompt the vendor may refuse for its content. */
  async sendChat(call: RoutedCall): Promise<Response | FilteredPrompt> {
    try {
      return await this.run(call);
    } catch (error) {
      const refusal = call.context.signal.aborted ? undefined : refusalOf(error);
      if (refusal?.status === 400 && isObject(refusal.body) && refusal.body.code === 'content_filter') {
        return new FilteredPrompt({ error: refusal.body });
      }
      throw this.toFailure(error, call.context.signal);
    }
  }

  /** Runs one call and reads its answer. @returns what stands in it as JSON. */
  async sendForJson(call: RoutedCall): Promise<unknown> {
    return this.wire.readJson(await this.send(call), call.context.signal);
  }

  readJson(response: Response, signal: AbortSignal): Promise<unknown> {
    return this.wire.readJson(response, signal);
  }

  toErrorInBody(body: unknown, otherwise: 'bad_response' | 'stream_interrupted'): ProviderError {
    return this.wire.toErrorInBody(body, otherwise);
  }

  /** What a call is to be rejected with. */
  toFailure(error: unknown, signal: AbortSignal): unknown {
    const refusal = signal.aborted ? undefined : refusalOf(error);
    return refusal
      ? this.wire.toRefusal(refusal.status, refusal.headers, refusal.body)
      : this.wire.toFailure(error, signal);
  }

  close(): Promise<void> {
    return this.wire.close();
  }

  private run({ context, operation, model = '', ask }: RoutedCall): Promise<Response> {
    const fetchOptions: FetchOptions = { redirect: 'manual', callContext: context };
    const ownPath = PATHS[operation].replace('{model}', () => encodeURIComponent(model));
    const path = this.routeOf({ operation, path: ownPath, model });
    return ask(this.client, { signal: context.signal, fetchOptions, path }).asResponse();
  }
}

/**
 * A prompt that the vendor's content filter refused (Azure, GitHub Models: 400 with the code `content_filter`). It was
 * read, and is charged for; so it is an answer, as a refusal of the model itself is one.
 */
export class FilteredPrompt {
  constructor(readonly raw: unknown) {}
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
function refusalOf(error: unknown): { status: number; headers: Headers; body: unknown } | undefined {
  if (!(error instanceof APIError)) return undefined;
  const { status, headers, error: body, message } = error as { readonly [Key in keyof APIError]: unknown };
  if (typeof status !== 'number') return undefined;
  // The text of a body that is no JSON is only kept in the message, behind the status.
  const text =
    typeof message === 'string' && !message.endsWith('(no body)') ? message.slice(`${status} `.length) : undefined;
  return { status, headers: headers instanceof Headers ? headers : new Headers(), body: body ?? text };
}
