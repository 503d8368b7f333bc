import { GoogleGenAI, type HttpOptions } from '@google/genai/web';
import { type CallContext, type ProviderSettings } from '@switchyard/contract';
import { type Fetch, VendorConnection, withGoogleTokens } from '@switchyard/provider-kit';
import { readResources, type Resources } from './resources.js';

/** A method of the client, called; its answer is not read by it. */
type ClientCall = (client: GoogleGenAI, httpOptions: HttpOptions) => Promise<unknown>;

/** The version of the API for everything but its list of models, which is only in the one before the next. */
const VERSION = 'v1';
const VERSION_OF_LISTS = 'v1beta1';

/**
 * One provider's client, which words requests and sends them through the connection of the provider. What the vendor
 * answers is read past it: its own reading drops fields that it does not know, quotes answers in its errors, and goes on
 * by itself with what was cut short (docs/decisions/0012-gemini-through-the-genai-client.md).
 */
export class GeminiConnection {
  readonly wire: VendorConnection;
  private readonly client: GoogleGenAI;
  private readonly resources: Resources;
  private readonly root: string;

  /** @throws Error that names the setting which is missing or wrong. */
  constructor(settings: ProviderSettings) {
    this.resources = readResources(settings);
    this.wire = new VendorConnection(withGoogleTokens(settings), {
      defaultBaseURL: this.resources.host,
      keyPlace: { header: 'x-goog-api-key' },
    });
    // People copy addresses with their version.
    this.root = this.wire.baseURL.replace(/\/v1(?:beta1)?$/, '');
    this.client = new GoogleGenAI({
      vertexai: true,
      // The client refuses to be made without a key, though the connection alone decides what is sent.
      apiKey: 'none',
      apiVersion: '',
      httpOptions: { baseUrl: this.root },
    });
  }

  /** Whether it has a key and no project: then it can neither list models nor embed. */
  get isExpress(): boolean {
    return this.resources.location === undefined;
  }

  /** Runs one call to a model. @returns the vendor's answer, of a status that means success, with its body unread. */
  callModel(context: CallContext, model: string, call: ClientCall): Promise<Response> {
    const { location } = this.resources;
    const isAbsolute = location === undefined || model.startsWith('projects/');
    return this.send(context, isAbsolute ? VERSION : `${VERSION}/${location}`, call);
  }

  /** Asks for a model itself, which stands below no project unless its name says so. */
  async readModel(context: CallContext, call: ClientCall): Promise<unknown> {
    return this.readJson(context, await this.send(context, VERSION, call));
  }

  /** Asks for a list of what Google publishes. */
  async readList(context: CallContext, call: ClientCall): Promise<unknown> {
    return this.readJson(context, await this.send(context, VERSION_OF_LISTS, call));
  }

  readJson(context: CallContext, response: Response): Promise<unknown> {
    return this.wire.readJson(response, context.signal);
  }

  private async send(context: CallContext, path: string, call: ClientCall): Promise<Response> {
    try {
      const answer = await this.sendPast(context, path, call);
      if (answer.ok) return answer;
      throw await this.wire.readRefusal(answer);
    } catch (error) {
      throw this.wire.toFailure(error, context.signal);
    }
  }

  /** Fulfils with the answer of the vendor, for which the client waits in vain, and rejects where there is none. */
  private sendPast(context: CallContext, path: string, call: ClientCall): Promise<Response> {
    return new Promise((resolve, reject) => {
      const fetch: Fetch = (input, init) => {
        resolve(this.wire.fetch(context, input, init));
        return new Promise(() => undefined);
      };
      call(this.client, { baseUrl: `${this.root}/${path}`, fetch }).catch(reject);
    });
  }
}
