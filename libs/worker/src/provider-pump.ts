import type { JobId, Provider, ProviderSettings } from '@switchyard/contract';
import { claimJobs, type ClaimedJob, type Settler, type SettleVerdict, type Settlement } from '@switchyard/jobs';
import type { Logger } from '@switchyard/telemetry';
import type { AppProcess } from '@switchyard/config';
import { EpochLost, ShuttingDown } from './abort-reasons.js';
import { runAttempt } from './run-attempt.js';
import { settleForSure } from './settle-for-sure.js';

/** What the pumps of one process share. */
export interface PumpTools {
  readonly database: AppProcess['database'];
  readonly settler: Settler;
  readonly logger: Logger;
  /** The id under which the process holds its lease now. */
  readonly workerId: () => number;
  readonly maxResultBytes: number;
  readonly onSettled: (model: string, settlement: Settlement, verdict: SettleVerdict, milliseconds: number) => void;
}

/** A job in this process, from its claim to its settlement. */
interface RunningJob {
  readonly job: ClaimedJob;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

const MAX_WAITS = 3;

/**
 * Keeps one provider's slots full: a wake-up claims as many jobs as there is room for, one claim at a time,
 * and goes on while there are more. Which jobs it gets is the database's choice.
 */
export class ProviderPump {
  readonly #running = new Map<JobId, RunningJob>();
  #wanted = false;
  #claiming: Promise<void> | undefined;
  #claimStartedAt: number | undefined;
  #stopped = false;
  #claimsFail = false;

  constructor(
    readonly settings: ProviderSettings,
    private readonly provider: Provider,
    private readonly tools: PumpTools,
  ) {}

  /** Asks for a claim now, or as soon as there is room. Cheap, and may be called at any rate. */
  wake(): void {
    this.#wanted = true;
    if (!this.#stopped && !this.#claiming && this.#free() > 0) this.#claiming = this.#claimWhileWanted();
  }

  get running(): ReadonlyMap<JobId, { readonly job: ClaimedJob; readonly abort: AbortController }> {
    return this.#running;
  }

  /** When the claim that is in flight began (`performance.now`); undefined when none is. */
  get claimStartedAt(): number | undefined {
    return this.#claimStartedAt;
  }

  /** Takes no more jobs, lets those that run end for the grace, then cuts them off and puts them back. */
  async drain(graceMs: number): Promise<void> {
    this.#stopped = true;
    await this.#claiming;
    const all = Promise.all([...this.#running.values()].map(({ done }) => done));
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)));
    await Promise.race([all, grace]);
    clearTimeout(timer);
    for (const { abort } of this.#running.values()) abort.abort(new ShuttingDown());
    await all;
  }

  #free(): number {
    return this.settings.concurrency - this.#running.size;
  }

  async #claimWhileWanted(): Promise<void> {
    try {
      while (this.#wanted && !this.#stopped && this.#free() > 0) {
        this.#wanted = false;
        const slots = this.#free();
        this.#claimStartedAt = performance.now();
        const jobs = await claimJobs(this.tools.database, {
          workerId: this.tools.workerId(),
          provider: this.settings.name,
          slots,
          concurrency: this.settings.concurrency,
        });
        this.#claimStartedAt = undefined;
        for (const job of jobs) this.#start(job);
        // As many as asked for: there may be more, which the next free slot will see.
        if (jobs.length === slots) this.#wanted = true;
        this.#claimsFail = false;
      }
    } catch (error) {
      if (!this.#claimsFail)
        this.tools.logger.warn(
          { provider: this.settings.name, error },
          'claiming fails; it is tried again every second',
        );
      this.#claimsFail = true;
    } finally {
      this.#claimStartedAt = undefined;
      this.#claiming = undefined;
    }
  }

  #start(job: ClaimedJob): void {
    const abort = new AbortController();
    const done = this.#run(job, abort).finally(() => {
      this.#running.delete(job.id);
      if (this.#wanted) this.wake();
    });
    this.#running.set(job.id, { job, abort, done });
  }

  async #run(job: ClaimedJob, abort: AbortController): Promise<void> {
    const startedAt = performance.now();
    const settlement = await runAttempt(
      job,
      { provider: this.provider, maxResultBytes: this.tools.maxResultBytes, maxWaits: MAX_WAITS },
      abort,
    );
    const verdict = await settleForSure(this.tools.settler, settlement, {
      lost: () => abort.signal.reason instanceof EpochLost,
      hurried: () => abort.signal.reason instanceof ShuttingDown,
      logger: this.tools.logger,
    });
    this.tools.onSettled(job.model, settlement, verdict, performance.now() - startedAt);
  }
}
