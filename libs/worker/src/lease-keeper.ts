import { ZERO_USD, type JobId } from '@switchyard/contract';
import {
  beat,
  BEAT_MS,
  LEASE_MS,
  LeaseLostError,
  parseCancel,
  registerWorker,
  retireWorker,
  TOPICS,
  type HeldJob,
  type Settler,
} from '@switchyard/jobs';
import type { AppProcess } from '@switchyard/config';
import type { Logger } from '@switchyard/telemetry';
import { CanceledByClient, EpochLost } from './abort-reasons.js';
import type { PumpTools, RunningJob } from './provider-pump.js';

/** What the keeper sees of a pump. */
interface Pump {
  readonly running: readonly RunningJob[];
  readonly claimStartedAt: number | undefined;
}

interface KeeperTools {
  readonly database: PumpTools['database'];
  readonly queue: AppProcess['queue'];
  readonly settler: Settler;
  readonly logger: Logger;
  readonly pumps: () => readonly Pump[];
}

/**
 * Holds the lease of one process: beats, hears of cancels, lets go of jobs that another epoch holds, and hands back
 * jobs that a claim gave it in an answer that never arrived.
 */
export class LeaseKeeper {
  readonly #unknownSince = new Map<JobId, number>();
  /** Cancels of jobs that were not here when they were heard of: their claim may be on its way. By time. */
  readonly #earlyCancels = new Map<string, number>();
  #workerId = 0;
  #unsubscribe: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;
  #beatsFail = false;
  /** The database's clock started the lease later than this one says, so it runs at least as long. */
  #leaseUntil = 0;

  constructor(
    private readonly kind: string,
    private readonly tools: KeeperTools,
  ) {}

  get workerId(): number {
    return this.#workerId;
  }

  /**
   * Whether the lease still runs, by this process's clock. While it does not, nothing new is begun; calls that run and
   * answers that wait are kept until the database says that their epoch is gone.
   */
  get holdsLease(): boolean {
    return performance.now() < this.#leaseUntil;
  }

  /** Registers the process and begins to beat. @throws what the database raised. */
  async start(): Promise<void> {
    await this.#register();
    this.#timer = setInterval(() => {
      this.#beating ??= this.#beat().finally(() => (this.#beating = undefined));
    }, BEAT_MS);
  }

  /** Gives the lease up, once nothing is held any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    this.#unsubscribe?.();
    await retireWorker(this.tools.database, this.#workerId).catch((error: unknown) => {
      this.tools.logger.warn({ error }, 'the lease was not given up; it runs out by itself');
    });
  }

  async #register(): Promise<void> {
    const sentAt = performance.now();
    const id = await registerWorker(this.tools.database, this.kind);
    this.#workerId = id;
    this.#leaseUntil = sentAt + LEASE_MS;
    this.#unsubscribe?.();
    this.#unsubscribe = await this.tools.queue.subscribe(TOPICS.cancel(id), ({ data }) =>
      this.#cancel(parseCancel(data)),
    );
  }

  /** Whether a cancel was heard of for a job that was not here yet. */
  cancelArrived(id: JobId): boolean {
    return this.#earlyCancels.has(id);
  }

  #cancel(id: string | undefined): void {
    const running = this.#running().filter(({ job }) => job.id === id);
    for (const { abort } of running) abort.abort(new CanceledByClient());
    if (running.length === 0 && id !== undefined) this.#earlyCancels.set(id, performance.now());
  }

  #running(): RunningJob[] {
    return this.tools.pumps().flatMap((pump) => pump.running);
  }

  async #beat(): Promise<void> {
    const sentAt = performance.now();
    const before = this.#running();
    try {
      const held = new Map((await beat(this.tools.database, this.#workerId)).map((job) => [job.id, job]));
      this.#leaseUntil = sentAt + LEASE_MS;
      this.#beatsFail = false;
      for (const { job, abort } of before) {
        const seen = held.get(job.id);
        if (seen?.epoch !== job.epoch) abort.abort(new EpochLost());
        else if (seen.cancelRequested) abort.abort(new CanceledByClient());
      }
      // What was wished before this beat, it has seen.
      for (const [id, heardAt] of this.#earlyCancels) if (heardAt < sentAt) this.#earlyCancels.delete(id);
      this.#handBack([...held.values()], sentAt);
    } catch (error) {
      if (error instanceof LeaseLostError) await this.#startOver(before);
      else this.#reportFailure(error);
    }
  }

  async #startOver(before: readonly RunningJob[]): Promise<void> {
    this.tools.logger.warn(
      { worker: this.#workerId },
      'the lease ran out; its jobs were taken back, the worker registers anew',
    );
    for (const { abort } of before) abort.abort(new EpochLost());
    this.#leaseUntil = 0;
    this.#unknownSince.clear();
    await this.#register().catch((error: unknown) => this.#reportFailure(error));
  }

  #reportFailure(error: unknown): void {
    if (!this.#beatsFail) this.tools.logger.warn({ error }, 'the database is away; calls in flight are kept');
    this.#beatsFail = true;
  }

  /** A job that no pump knows, although every claim that was in flight when it was first seen has been answered. */
  #handBack(held: readonly HeldJob[], now: number): void {
    const pumps = this.tools.pumps();
    const known = new Set(this.#running().map(({ job }) => epochKey(job)));
    const oldestClaim = Math.min(...pumps.map((pump) => pump.claimStartedAt ?? Infinity));
    const unknown = held.filter((job) => !known.has(epochKey(job)));
    for (const id of this.#unknownSince.keys())
      if (!unknown.some((job) => job.id === id)) this.#unknownSince.delete(id);
    for (const job of unknown) {
      const since = this.#unknownSince.get(job.id);
      if (since === undefined) this.#unknownSince.set(job.id, now);
      // The next beat does not wait for it.
      else if (since < oldestClaim) void this.#giveBack(job).catch((error: unknown) => this.#reportFailure(error));
    }
  }

  async #giveBack(job: HeldJob): Promise<void> {
    this.tools.logger.warn({ job: job.id }, 'a claim was answered to nobody; the job is put back');
    await this.tools.settler.settle({
      job: { id: job.id, workerId: this.#workerId, epoch: job.epoch },
      state: 'failed',
      call: 'unsent',
      cost: ZERO_USD,
      estimated: false,
      then: { outcome: null, parkMs: 0, countsAs: 'nothing' },
    });
  }
}

function epochKey({ id, epoch }: { readonly id: JobId; readonly epoch: number }): string {
  return `${id} ${epoch}`;
}
