import { type ReadableStream } from 'node:stream/web';
import { ProviderError } from '@switchyard/contract';
import { parseJson } from './json.js';
import { readBody } from './read-body.js';

/**
 * The values of a stream of JSON lines (`application/x-ndjson`), however its bytes are sliced. Empty lines are passed
 * over, and so is half a value that the end of the body has cut off. Leaving the loop closes the socket.
 * @param isLast by which a vendor says that the stream is complete: that value is the last one, and the socket is kept
 * for the next call if the body ends as it should.
 * @throws ProviderError `bad_response` for a line that is no JSON.
 */
export function readJsonLines(
  stream: ReadableStream<Uint8Array>,
  isLast?: (value: unknown) => boolean,
): AsyncGenerator<unknown, void, undefined> {
  return readBody(stream, new LineDecoder(), isLast);
}

class LineDecoder {
  private readonly utf8 = new TextDecoder();
  /** Slices of the line that is not complete yet; joined only then, or a long line in small slices costs its square. */
  private line: string[] = [];

  *push(bytes: Uint8Array): Iterable<unknown> {
    const lines = this.utf8.decode(bytes, { stream: true }).split('\n');
    const rest = lines.pop() ?? '';
    for (const piece of lines) {
      const line = this.take(piece).trim();
      if (line !== '') yield valueOf(line);
    }
    if (rest !== '') this.line.push(rest);
  }

  /** The last line may do without its end. */
  end(): unknown[] {
    const value = parseJson(this.take(this.utf8.decode()));
    return value === undefined ? [] : [value];
  }

  private take(piece: string): string {
    const line = [...this.line, piece].join('');
    this.line = [];
    return line;
  }
}

function valueOf(line: string): unknown {
  const value = parseJson(line);
  if (value === undefined) throw new ProviderError('bad_response', 'A line of the provider’s stream is not JSON.');
  return value;
}
