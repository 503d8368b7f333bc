import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Pieces are gathered to about this size before they are written, unless they are paced. */
const WRITE_BYTES = 32 * 1024;

interface PiecesOptions {
  readonly paceMs: number;
  readonly cutBytes: number | undefined;
}

type Headers = Readonly<Record<string, string>>;

/** The bytes of one answer on their way to one client. Everything rejects once the client is gone. */
export class Wire {
  private sent = 0;
  private cutDone = false;

  /** @param signal aborted when the client is gone. */
  constructor(
    private readonly response: ServerResponse,
    private readonly signal: AbortSignal,
  ) {}

  /** True when the connection was cut because the request asked for it. */
  get wasCut(): boolean {
    return this.cutDone;
  }

  /** Sends a whole body, or as much of it as is to arrive. */
  async sendWhole(status: number, headers: Headers, body: Buffer, cutBytes: number | undefined): Promise<void> {
    this.response.writeHead(status, { ...headers, 'content-length': String(body.length) });
    if (cutBytes === undefined || cutBytes >= body.length) {
      this.response.end(body);
      return;
    }
    await this.cutAfter(body.subarray(0, cutBytes));
  }

  /** Sends a body piece by piece, no faster than the client takes it. */
  async sendPieces(status: number, headers: Headers, pieces: Iterable<string>, options: PiecesOptions): Promise<void> {
    const { paceMs, cutBytes = Infinity } = options;
    this.response.writeHead(status, headers);
    let gathered = '';
    let first = true;
    for (const piece of pieces) {
      if (paceMs > 0) {
        if (!first) await delay(paceMs, undefined, { signal: this.signal });
        first = false;
        await this.writeUpTo(cutBytes, piece);
      } else {
        gathered += piece;
        if (gathered.length < WRITE_BYTES) continue;
        await this.writeUpTo(cutBytes, gathered);
        gathered = '';
      }
      if (this.cutDone) return;
    }
    const rest = Buffer.from(gathered);
    // In one with the end, and for a short answer with the head: each write is a call of the system.
    if (this.sent + rest.length <= cutBytes) this.response.end(rest);
    else await this.cutAfter(rest.subarray(0, cutBytes - this.sent));
  }

  private async writeUpTo(limit: number, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    const room = limit - this.sent;
    this.sent += bytes.length;
    if (bytes.length > room) await this.cutAfter(bytes.subarray(0, room));
    else if (!this.response.write(bytes)) await once(this.response, 'drain', { signal: this.signal });
  }

  /** Cuts the connection when the system has the last bytes, so that they are not taken back. */
  private async cutAfter(bytes: Buffer): Promise<void> {
    this.response.flushHeaders();
    if (bytes.length > 0) {
      await new Promise<void>((resolve, reject) => {
        this.response.write(bytes, (error) => (error ? reject(error) : resolve()));
      });
    }
    this.cutDone = true;
    this.response.destroy();
  }
}
