import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../schedule/chance.js';
import type { Client } from './client.js';
import { drawKind, kindOf, type JobKindName } from './job-kinds.js';

/** Jobs a second, on average. */
const RATE = 12;
/** Requests that wait for their answer at once; more are not begun. */
const MOST_OPEN = 150;
const RETRY_AFTER_MS = 1_500;

/** What teams do all day: jobs of every kind, some canceled, some retried. */
export class Load {
  readonly #open = new Set<Promise<void>>();
  #stopped = false;
  #twinned = 0;
  #running: Promise<void> | undefined;

  constructor(
    private readonly client: Client,
    private readonly chance: Chance,
  ) {}

  begin(): void {
    this.#running = this.#run();
  }

  /** Submits no more, and resolves when everything that was begun has been answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    await Promise.all(this.#open);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await sleep(this.chance.between(0, 2_000 / RATE));
      if (this.#open.size >= MOST_OPEN) continue;
      const one = this.#live(drawKind(this.chance)).finally(() => this.#open.delete(one));
      this.#open.add(one);
    }
  }

  /** A job, with what its client does to it. */
  async #live(name: JobKindName): Promise<void> {
    const { cancelAfterMs, retried, twinned } = kindOf(name);
    const waitMs = cancelAfterMs ? this.chance.between(...cancelAfterMs) : RETRY_AFTER_MS;
    if (twinned) return await this.#twins(name);
    const submission = await this.client.submit(name);
    if (submission.jobId === undefined) return;
    if (cancelAfterMs) {
      await sleep(waitMs);
      await this.client.cancel(submission.jobId);
    } else if (retried) {
      await sleep(waitMs);
      await this.client.retry(submission);
    }
  }

  async #twins(name: JobKindName): Promise<void> {
    this.#twinned += 1;
    const marker = `chaos-twin-${this.#twinned}`;
    const headers = { 'idempotency-key': marker };
    await Promise.all([1, 2].map(() => this.client.submit(name, { marker, headers })));
  }
}
