import { ReadableStream } from 'node:stream/web';

/** A stream of these pieces, which then ends, fails, or stays open, and remembers whether it was cancelled. */
export function streamOf(pieces: readonly Uint8Array[], ending: 'end' | 'open' | Error = 'end') {
  const rest = [...pieces];
  const state = { cancelled: false };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = rest.shift();
        if (piece) controller.enqueue(piece);
        else if (ending === 'end') controller.close();
        else if (ending !== 'open') controller.error(ending);
      },
      cancel() {
        state.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, state };
}

/** The bytes in pieces of the size that each position asks for, at least one. */
export function slice(bytes: Uint8Array, size: (position: number) => number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = start + Math.max(1, size(start));
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}
