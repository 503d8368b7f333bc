import { type Transform } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { ProviderError } from '@switchyard/contract';

/** Where the bytes come from, as far as their reader may steer it. */
export interface ByteSource {
  pause(): void;
  resume(): void;
  /** The reader wants no more: closes the socket. */
  cancel(): void;
  /** The body cannot be read on: closes the socket and reports the cause through `ResponseBody.fail`. */
  fail(error: ProviderError): void;
}

/** Bytes that may wait for a slow reader before the socket is paused. */
const HIGH_WATER_BYTES = 256 * 1024;

/** A body on its way from the socket to one reader: decoded, capped, and never far ahead of the reader. */
export class ResponseBody {
  private readonly chunks: Uint8Array[] = [];
  private queuedBytes = 0;
  private totalBytes = 0;
  private decoder: Transform | undefined;
  private state: 'open' | 'ended' | { readonly error: unknown } = 'open';
  private wake: (() => void) | undefined;

  constructor(
    private readonly source: ByteSource,
    private readonly maxBytes: number,
    private readonly createDecoder: ((firstChunk: Buffer) => Transform) | undefined,
  ) {}

  /** Takes bytes as they came off the wire. */
  push(chunk: Buffer): void {
    if (this.state !== 'open') return;
    if (!this.createDecoder) {
      this.queue(chunk);
      if (this.isFull) this.source.pause();
      return;
    }
    this.decoder ??= this.startDecoder(this.createDecoder(chunk));
    if (!this.decoder.write(chunk)) this.source.pause();
  }

  /** The vendor has sent all that there is. */
  end(): void {
    if (this.decoder) this.decoder.end();
    else this.settle('ended');
  }

  /** What has arrived can still be read; then the reader gets the error. */
  fail(error: unknown): void {
    this.decoder?.destroy();
    this.settle({ error });
  }

  /** The next bytes, or undefined at the end. For one reader, one call at a time. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.chunks.shift();
      if (chunk) {
        this.queuedBytes -= chunk.length;
        if (!this.isFull) this.proceed();
        return chunk;
      }
      if (this.state === 'ended') return undefined;
      if (this.state !== 'open') throw this.state.error;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** All of it. */
  async read(): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for (let chunk = await this.next(); chunk; chunk = await this.next()) parts.push(chunk);
    return Buffer.concat(parts);
  }

  /** The same bytes as a web stream; cancelling it closes the socket. */
  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const chunk = await this.next();
          if (chunk) controller.enqueue(chunk);
          else controller.close();
        },
        cancel: () => {
          this.decoder?.destroy();
          this.settle('ended');
          this.source.cancel();
        },
      },
      { highWaterMark: 0 },
    );
  }

  private get isFull(): boolean {
    return this.queuedBytes >= HIGH_WATER_BYTES;
  }

  private proceed(): void {
    if (!this.decoder) this.source.resume();
    else if (this.decoder.isPaused()) this.decoder.resume();
  }

  private queue(chunk: Uint8Array): void {
    this.totalBytes += chunk.length;
    if (this.totalBytes > this.maxBytes) {
      this.source.fail(tooLarge(this.maxBytes));
      return;
    }
    this.chunks.push(chunk);
    this.queuedBytes += chunk.length;
    this.notify();
  }

  private startDecoder(decoder: Transform): Transform {
    return decoder
      .on('data', (chunk: Buffer) => {
        if (this.state !== 'open') return;
        this.queue(chunk);
        if (this.isFull) decoder.pause();
      })
      .on('drain', () => this.source.resume())
      .on('end', () => this.settle('ended'))
      .on('error', () => {
        this.source.fail(new ProviderError('bad_response', 'The answer of the provider could not be decompressed.'));
      });
  }

  private settle(state: 'ended' | { readonly error: unknown }): void {
    if (this.state !== 'open') return;
    this.state = state;
    this.notify();
  }

  private notify(): void {
    this.wake?.();
    this.wake = undefined;
  }
}

/** The refusal of an answer over the cap. */
export function tooLarge(maxBytes: number): ProviderError {
  return new ProviderError('response_too_large', `The answer of the provider is larger than ${maxBytes} bytes.`);
}
