import { type ReadableStream, type ReadableStreamDefaultReader } from 'node:stream/web';

/** How long the end of a body is waited for, in milliseconds, once its last piece has come. */
const LINGER_MS = 250;

/** Cuts the bytes of a body into pieces. */
interface BodyDecoder<Piece> {
  /** The pieces that these bytes complete. */
  push(bytes: Uint8Array): Iterable<Piece>;
  /** What the end of the body completes. */
  end(): Iterable<Piece>;
}

/**
 * The pieces of a body, however its bytes are sliced. Leaving the loop closes the socket.
 * @param isLast by which a vendor says that the body is complete: that piece is the last one, and the socket is kept for
 * the next call if the body ends as it should.
 */
export async function* readBody<Piece>(
  stream: ReadableStream<Uint8Array>,
  decoder: BodyDecoder<Piece>,
  isLast?: (piece: Piece) => boolean,
): AsyncGenerator<Piece, void, undefined> {
  const reader = stream.getReader();
  let isComplete = false;
  try {
    while (!isComplete) {
      const { done, value } = await reader.read();
      isComplete = done;
      for (const piece of done ? decoder.end() : decoder.push(value)) {
        if (!done && isLast?.(piece)) {
          isComplete = true;
          void linger(reader);
          yield piece;
          return;
        }
        yield piece;
      }
    }
  } finally {
    if (!isComplete) cancel(reader);
  }
}

async function linger(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const timer = setTimeout(() => cancel(reader), LINGER_MS);
  try {
    while (!(await reader.read()).done);
  } catch {
    // The stream was complete before; how its socket ends changes nothing.
  } finally {
    clearTimeout(timer);
  }
}

function cancel(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  // A stream that has failed rejects with its error once more, which its reader has had already.
  reader.cancel().catch(() => undefined);
}
