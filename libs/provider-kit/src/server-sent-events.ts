import { type ReadableStream } from 'node:stream/web';
import { readBody } from './read-body.js';

export interface ServerSentEvent {
  /** Its `event:` field; absent for a plain message. */
  readonly event?: string;
  readonly data: string;
}

/**
 * The events of a stream, in the format of https://html.spec.whatwg.org/multipage/server-sent-events.html, however its
 * bytes are sliced. An event that its blank line has not ended is dropped. Leaving the loop closes the socket.
 * @param isLast knows the event by which a vendor says that the stream is complete: it is the last one, and the socket is
 * kept for the next call if the body ends as it should.
 */
export function readServerSentEvents(
  stream: ReadableStream<Uint8Array>,
  isLast?: (event: ServerSentEvent) => boolean,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  return readBody(stream, new EventDecoder(), isLast);
}

/** Turns slices of bytes into events. */
class EventDecoder {
  private readonly utf8 = new TextDecoder();
  /** Slices of the line that is not complete yet; joined only then, or a long line in small slices costs its square. */
  private line: string[] = [];
  private data: string[] = [];
  private event = '';
  private endedInReturn = false;

  push(bytes: Uint8Array): ServerSentEvent[] {
    let text = this.utf8.decode(bytes, { stream: true });
    if (text === '') return [];
    // The second half of a line end whose first half came with the slice before.
    if (this.endedInReturn && text.startsWith('\n')) text = text.slice(1);
    this.endedInReturn = text.endsWith('\r');
    const lines = text.split(/\r\n|\r|\n/);
    const rest = lines.pop() ?? '';
    const events: ServerSentEvent[] = [];
    for (const piece of lines) {
      const event = this.take([...this.line, piece].join(''));
      this.line = [];
      if (event) events.push(event);
    }
    if (rest !== '') this.line.push(rest);
    return events;
  }

  /** An event that its blank line has not ended is none. */
  end(): [] {
    return [];
  }

  private take(line: string): ServerSentEvent | undefined {
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.event = value;
    return undefined;
  }

  private dispatch(): ServerSentEvent | undefined {
    const { data, event } = this;
    this.data = [];
    this.event = '';
    if (data.length === 0) return undefined;
    return { data: data.join('\n'), ...(event !== '' && { event }) };
  }
}
