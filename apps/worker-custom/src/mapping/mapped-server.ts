import {
  type CallContext,
  type MappedCall,
  type ProviderAuth,
  type ProviderMapping,
  type ProviderSettings,
} from '@switchyard/contract';
import { isObject, parseJson, VendorConnection } from '@switchyard/provider-kit';
import { follow } from './json-pointer.js';

/** A request that is ready to go. */
interface ReadyRequest {
  /** Below the base URL. */
  readonly path: string;
  /** Absent: none is sent. */
  readonly body?: unknown;
}

/** The server of a mapping: sends what is mapped, and tells answers from errors as the mapping says. */
export class MappedServer {
  private readonly connection: VendorConnection;

  /** @throws Error that names the setting which is missing or wrong. */
  constructor(settings: ProviderSettings, { key, ...calls }: ProviderMapping) {
    const names = Object.values(calls).flatMap(({ headers = {} }: MappedCall) => Object.keys(headers));
    this.connection = new VendorConnection(settings, {
      clientHeaders: names.map((name) => name.toLowerCase()),
      ...(key && { keyPlace: { ...key, header: key.header.toLowerCase() } }),
    });
  }

  get auth(): ProviderAuth {
    return this.connection.auth;
  }

  /** @returns the JSON of an answer that is no error. */
  async ask(context: CallContext, mapped: MappedCall, { path, body }: ReadyRequest): Promise<unknown> {
    const method = mapped.method ?? 'POST';
    const init = { method, headers: { ...mapped.headers }, ...(body !== undefined && { body: JSON.stringify(body) }) };
    try {
      const response = await this.connection.fetch(context, `${this.connection.baseURL}${path}`, init);
      if (!response.ok) throw await this.readRefusal(response, mapped);
      const answer = await this.connection.readBody(response, context.signal);
      const error = errorIn(answer, mapped);
      if (error !== undefined) throw this.connection.toErrorInBody({ error }, 'bad_response');
      return answer;
    } catch (error) {
      throw this.connection.toFailure(error, context.signal);
    }
  }

  /** Whether it answers at its base URL, whatever that is. @throws ProviderError where it does not. */
  async knock(context: CallContext): Promise<void> {
    try {
      const response = await this.connection.fetch(context, this.connection.baseURL);
      if (response.status === 401 || response.status === 403 || response.status >= 500) {
        throw await this.connection.readRefusal(response);
      }
      await response.body?.cancel();
    } catch (error) {
      throw this.connection.toFailure(error, context.signal);
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async readRefusal(response: Response, mapped: MappedCall) {
    const text = await response.text();
    const body = parseJson(text) ?? text;
    const error = errorIn(body, mapped);
    return this.connection.toRefusal(response.status, response.headers, error === undefined ? body : { error });
  }
}

/** @returns a text, or an object that says more; undefined where there is no error. */
function errorIn(answer: unknown, { error: pointer }: MappedCall): string | object | undefined {
  const found = pointer === undefined ? undefined : follow(pointer, answer);
  if (found === undefined || found === null || found === false || found === '') return undefined;
  return typeof found === 'string' || isObject(found) ? found : JSON.stringify(found);
}
