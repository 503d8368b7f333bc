import { type ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Script } from './fault-server.js';

/** An answer as a vendor sends it. */
export interface WireAnswer {
  /** Default 200. */
  readonly status?: number;
  /** `content-type` is `application/json` unless it is given. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** A stream of events, as bytes of a vendor. */
export function eventStream(body: string | Uint8Array): WireAnswer {
  return { headers: { 'content-type': 'text/event-stream' }, body };
}

/** A stream of JSON lines, as bytes of a vendor. */
export function jsonLines(body: string | Uint8Array): WireAnswer {
  return { headers: { 'content-type': 'application/x-ndjson' }, body };
}

/** A JSON value as an answer. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): WireAnswer {
  return { status, headers, body: JSON.stringify(value) };
}

/** Answers as it should. */
export function answer(wire: WireAnswer): Script {
  return ({ response }) => {
    const body = Buffer.from(wire.body);
    writeHead(response, wire, { 'content-length': String(body.length) });
    response.end(body);
  };
}

/** Answers in slices of so many bytes, each in a chunk and a write of its own: characters and lines are cut anywhere. */
export function answerInSlices(wire: WireAnswer, size: number): Script {
  return async ({ response }) => {
    const body = Buffer.from(wire.body);
    writeHead(response, wire);
    for (let start = 0; start < body.length && !response.destroyed; start += size) {
      response.write(body.subarray(start, start + size));
      await nextTurn();
    }
    response.end();
  };
}

/** Takes the request and says nothing. */
export const silence: Script = () => undefined;

/** Sends the head and so many bytes of the body, and then nothing more. */
export function silenceAfter(wire: WireAnswer, bytes: number): Script {
  return ({ response }) => {
    writeHead(response, wire);
    // Without a byte of the body, the head is held back by Node unless it is told otherwise.
    response.flushHeaders();
    if (bytes > 0) response.write(Buffer.from(wire.body).subarray(0, bytes));
  };
}

/** Sends the head, and a byte of white space at every interval, without end. */
export function drip(wire: WireAnswer, everyMilliseconds: number): Script {
  return ({ response, socket }) => {
    writeHead(response, wire);
    const timer = setInterval(() => response.write(' '), everyMilliseconds);
    socket.on('close', () => clearInterval(timer));
  };
}

/** Closes the socket in order after so many bytes of the body, which its framing says is not complete. */
export function cutAfter(wire: WireAnswer, bytes: number): Script {
  return ({ response, socket }) => {
    writeHead(response, wire);
    response.flushHeaders();
    if (bytes > 0) response.write(Buffer.from(wire.body).subarray(0, bytes));
    socket.end();
  };
}

/** Resets the connection (RST) before any byte of an answer. */
export const reset: Script = ({ socket }) => void socket.resetAndDestroy();

/** Resets the connection in mid-answer. What was sent may be lost on the way, as it is with a true reset. */
export function resetAfter(wire: WireAnswer, bytes: number): Script {
  return ({ response, socket }) => {
    writeHead(response, wire);
    response.write(Buffer.from(wire.body).subarray(0, bytes), () => socket.resetAndDestroy());
  };
}

function writeHead(response: ServerResponse, wire: WireAnswer, more: Readonly<Record<string, string>> = {}): void {
  response.writeHead(wire.status ?? 200, { 'content-type': 'application/json', ...wire.headers, ...more });
}
