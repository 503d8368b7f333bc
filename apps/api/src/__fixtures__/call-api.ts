import { KEYS } from './configuration.js';

/** Whatever JSON holds: a spec says what it expects of it. */
type Json = ReturnType<typeof JSON.parse>;

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly body: Json;
}

/** A request to the API. */
export interface Call {
  /** Default: POST where there is a body, else GET. */
  readonly method?: string;
  /** Default: the key of acme. Null: none. */
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, called JSON unless a header says otherwise. */
  readonly text?: string | Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal;
}

/** Asks the API at this address. Redirects are not followed. */
export async function callApi(address: string, target: string, call: Call): Promise<Answer> {
  const { key = KEYS.acme, headers = {}, json, signal } = call;
  const body = json === undefined ? call.text : JSON.stringify(json);
  const response = await fetch(`${address}${target}`, {
    method: call.method ?? (body === undefined ? 'GET' : 'POST'),
    redirect: 'manual',
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parse(text) };
}

function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
