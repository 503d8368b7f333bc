import { setTimeout as sleep } from 'node:timers/promises';
import type { VendorCall } from './evidence.js';

/** A request as the simulator tells of it. */
interface LoggedRequest {
  readonly sequence: number;
  readonly time: string;
  readonly path: string;
  readonly attempt: string | null;
  readonly outcome: 'answered' | 'aborted' | 'cut' | null;
  readonly durationMs: number | null;
}

const READ_EVERY_MS = 1_000;

/** Takes the vendor's log down while it is written: the vendor keeps only its last ten thousand requests. */
export class VendorLog {
  readonly #requests = new Map<number, LoggedRequest>();
  #stopped = false;
  #reading: Promise<void> | undefined;

  constructor(private readonly url: string) {}

  begin(): void {
    this.#reading = this.#readOn();
  }

  /** Stops reading, with a last look at everything. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#reading;
    await this.refresh();
  }

  /** Reads what has come, and anew what was open. */
  async refresh(): Promise<void> {
    const open = [...this.#requests.values()].filter(({ outcome }) => outcome === null);
    const after = Math.min(this.#requests.size, ...open.map(({ sequence }) => sequence - 1));
    const response = await fetch(`${this.url}/log?after=${after}`);
    const { requests } = (await response.json()) as { requests: LoggedRequest[] };
    for (const request of requests) this.#requests.set(request.sequence, request);
  }

  /** Without what the courier has asked once a day: the vendor's list of models, which is no attempt of a job's. */
  get calls(): readonly VendorCall[] {
    const calls = [...this.#requests.values()].filter(({ path }) => path !== '/v1/models');
    return calls.map(({ time, path, attempt, outcome, durationMs }) => {
      const startedAt = Date.parse(time);
      const endedAt = durationMs === null ? null : startedAt + durationMs;
      return { path, attempt: attempt ?? undefined, startedAt, endedAt, outcome };
    });
  }

  async #readOn(): Promise<void> {
    while (!this.#stopped) {
      // What one look misses the next one sees; the last one must succeed.
      await this.refresh().catch(() => undefined);
      await sleep(READ_EVERY_MS);
    }
  }
}
