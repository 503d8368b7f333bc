import { type CallContext, type ProviderAuth, type ProviderError, type ProviderSettings } from '@switchyard/contract';
import { type ErrorInBody, VendorConnection } from '@switchyard/provider-kit';
// The entry for browsers: that for Node takes the text of an image for the name of a file, and sends what is in it.
import { Ollama } from 'ollama/browser';

/** Where a server listens unless it is told otherwise. */
const DEFAULT_BASE_URL = 'http://127.0.0.1:11434';

/** A method of the client, called; what it makes of the answer is not read. */
type ClientCall = (client: Ollama) => Promise<unknown>;

/** One server; every failure comes out in the vocabulary of the contract. */
export class OllamaConnection {
  readonly #wire: VendorConnection;

  /** @throws Error that names the setting which is wrong. */
  constructor(settings: ProviderSettings) {
    this.#wire = new VendorConnection({ baseURL: DEFAULT_BASE_URL, ...settings }, {});
  }

  get auth(): ProviderAuth {
    return this.#wire.auth;
  }

  /**
   * Runs one call. The client makes the request and no more: what it cannot read it prints, and its errors repeat it.
   * @returns the server's answer, of a status that means success, with its body unread.
   */
  async send(context: CallContext, call: ClientCall): Promise<Response> {
    const held: { answer?: Response } = {};
    const client = new Ollama({
      host: this.#wire.baseURL,
      fetch: async (input, init) => {
        const answer = await this.#wire.fetch(context, input, init);
        if (!answer.ok) throw await this.#wire.readRefusal(answer);
        held.answer = answer;
        return new Response('{}');
      },
    });
    try {
      await call(client);
    } catch (error) {
      throw this.toFailure(error, context.signal);
    }
    if (!held.answer) throw new Error('A method of the client that sends nothing was called.');
    return held.answer;
  }

  /** Runs one call and reads its answer. @returns what stands in it as JSON. */
  async sendForJson(context: CallContext, call: ClientCall): Promise<unknown> {
    return this.readJson(await this.send(context, call), context.signal);
  }

  readJson(response: Response, signal: AbortSignal): Promise<unknown> {
    return this.#wire.readJson(response, signal);
  }

  toErrorInBody(body: unknown, otherwise: ErrorInBody): ProviderError {
    return this.#wire.toErrorInBody(body, otherwise);
  }

  /** What a call is to be rejected with. */
  toFailure(error: unknown, signal: AbortSignal): unknown {
    return this.#wire.toFailure(error, signal);
  }

  close(): Promise<void> {
    return this.#wire.close();
  }
}
