import { type GenerateReply, type StreamPart } from '@switchyard/contract';

/**
 * An answer that comes by callback, as a stream. A reader that leaves ends the writing.
 * @param write Writes the answer; its signal is aborted when the given one is, or when the reader has left.
 */
export async function* streamPieces(
  signal: AbortSignal,
  write: (signal: AbortSignal, onText: (text: string) => void) => Promise<GenerateReply>,
): AsyncGenerator<StreamPart, void, undefined> {
  const left = new AbortController();
  const parts: StreamPart[] = [];
  let wake: () => void = () => undefined;
  let failure: { readonly error: unknown } | undefined;
  const add = (part: StreamPart): void => {
    parts.push(part);
    wake();
  };
  void write(AbortSignal.any([signal, left.signal]), (text) => add({ type: 'text-delta', text })).then(
    (reply) => add({ type: 'end', reply }),
    (error: unknown) => {
      failure = { error };
      wake();
    },
  );
  try {
    for (;;) {
      const part = parts.shift();
      if (part) {
        yield part;
        if (part.type === 'end') return;
      } else if (failure) {
        throw failure.error;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    left.abort();
  }
}
