import { request as httpRequest } from 'node:http';

/** One request to the API. */
export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** What became of a request, as its client sees it. */
export type HttpOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      readonly body: unknown;
      readonly milliseconds: number;
    }
  /** Nobody listened: it was certainly not read. */
  | { readonly kind: 'unsent' }
  /** It may have been read, and was not answered. */
  | { readonly kind: 'unanswered'; readonly reason: string; readonly milliseconds: number };

/** By the interface every request has its answer within five seconds; a minute more where it asked to wait. */
const LIMIT_MS = 20_000;

/** Sends a request over a connection of its own, so that none is lost to one that was just being closed. Never rejects. */
export async function httpCall(call: HttpCall): Promise<HttpOutcome> {
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;
  const payload = call.body === undefined ? undefined : JSON.stringify(call.body);
  return await new Promise((resolve) => {
    const request = httpRequest(call.url, {
      method: call.method,
      agent: false,
      headers: {
        authorization: `Bearer ${call.key}`,
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
      },
    });
    const limit = setTimeout(() => request.destroy(new Error('no answer')), LIMIT_MS);
    const end = (outcome: HttpOutcome): void => {
      clearTimeout(limit);
      resolve(outcome);
    };
    const fail = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'ECONNREFUSED') end({ kind: 'unsent' });
      else end({ kind: 'unanswered', reason: error.code ?? error.message, milliseconds: elapsed() });
    };
    request.on('error', fail);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('error', fail);
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        end({ kind: 'answered', status, headers, body: parse(text), milliseconds: elapsed() });
      });
    });
    request.end(payload);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A field of an answer's body that is text. */
export function textField(body: unknown, ...path: readonly string[]): string | undefined {
  let value = body;
  for (const name of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}
