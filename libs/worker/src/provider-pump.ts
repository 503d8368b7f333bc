import type { JobId, ModelSettings, Provider, ProviderSettings } from '@switchyard/contract';
import {
  announceEnded,
  claimJobs,
  openLeaveInTime,
  type ClaimedJob,
  type LeaveInTime,
  type Settler,
  type SettleVerdict,
  type Settlement,
} from '@switchyard/jobs';
import type { Logger } from '@switchyard/telemetry';
import type { AppProcess } from '@switchyard/config';
import { CanceledByClient, LeaseInDoubt, ShuttingDown } from './abort-reasons.js';
import { runAttempt } from './run-attempt.js';
import { settleForSure } from './settle-for-sure.js';

/** What the pumps of one process share. */
export interface PumpTools {
  readonly database: AppProcess['database'];
  readonly queue: AppProcess['queue'];
  readonly settler: Settler;
  readonly logger: Logger;
  /** The id under which the process holds its lease now. */
  readonly workerId: () => number;
  /** Whether its lease still runs, by its own reckoning. */
  readonly holdsLease: () => boolean;
  readonly maxResultBytes: number;
  /** A model's entry in the configuration, by our id of it; undefined once it is gone. */
  readonly modelSettings: (model: string) => ModelSettings | undefined;
  /** Whether a cancel was heard of for a job that was not here yet. */
  readonly cancelArrived: (id: JobId) => boolean;
  readonly onSettled: (job: ClaimedJob, settlement: Settlement, verdict: SettleVerdict, milliseconds: number) => void;
}

/** An epoch of a job in this process, from its claim to its settlement. */
export interface RunningJob {
  readonly job: ClaimedJob;
  /** Its reason decides what an abort means (see abort-reasons). */
  readonly abort: AbortController;
}

const MAX_WAITS = 3;
/** Jobs that are parked for longer are found by the looks of the timer, in milliseconds. */
const LONGEST_TIMER_MS = 60_000;

/**
 * Keeps one provider's slots full: a wake-up claims as many jobs as there is room for, one claim at a time,
 * and goes on while there are more. Which jobs it gets is the database's choice.
 */
export class ProviderPump {
  /** By epoch, not by job: one that was taken back may be claimed again before its old call has ended. */
  readonly #running = new Map<RunningJob, Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Goes off when what was shut at the last claim may be open. */
  #later: NodeJS.Timeout | undefined;
  #wanted = false;
  #claiming: Promise<void> | undefined;
  #claimStartedAt: number | undefined;
  #stopped = false;
  #claimsFail = false;
  readonly #graceOver = new AbortController();
  readonly #leaveInTime: LeaveInTime;

  constructor(
    readonly settings: ProviderSettings,
    private readonly provider: Provider,
    private readonly tools: PumpTools,
  ) {
    this.#leaveInTime = openLeaveInTime(tools.database);
  }

  /** Asks for a claim now, or as soon as there is room. Cheap, and may be called at any rate. */
  wake(): void {
    this.#wanted = true;
    if (this.#claiming || !this.#mayClaim()) return;
    this.#claiming = this.#claimWhileWanted();
  }

  get running(): readonly RunningJob[] {
    return [...this.#running.keys()];
  }

  /** When the claim that is in flight began (`performance.now`); undefined when none is. */
  get claimStartedAt(): number | undefined {
    return this.#claimStartedAt;
  }

  /** Takes no more jobs, lets those that run end for the grace, then cuts them off and puts them back. */
  async drain(graceMs: number): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    clearTimeout(this.#later);
    await within(graceMs, this.#idle());
    this.#graceOver.abort();
    for (const { abort } of this.#running.keys()) abort.abort(new ShuttingDown());
    await Promise.all(this.#running.values());
  }

  async #idle(): Promise<void> {
    await this.#claiming;
    await Promise.all(this.#running.values());
  }

  /** A claim under a lease that has run out would be taken back at once. */
  #mayClaim(): boolean {
    return !this.#stopped && this.#free() > 0 && this.tools.holdsLease();
  }

  #free(): number {
    return this.settings.concurrency - this.#running.size;
  }

  async #claimWhileWanted(): Promise<void> {
    try {
      while (this.#wanted && this.#mayClaim()) {
        this.#wanted = false;
        const slots = this.#free();
        this.#claimStartedAt = performance.now();
        const { jobs, ended, waiting, askAgainMs } = await claimJobs(this.tools.database, {
          workerId: this.tools.workerId(),
          provider: this.settings.name,
          slots,
          concurrency: this.settings.concurrency,
        });
        this.#claimStartedAt = undefined;
        for (const job of jobs) this.#start(job);
        announceEnded(this.tools.queue, ended);
        // Slots that jobs without money would have taken are for those behind them.
        if (ended.length + waiting > 0) this.#wanted = true;
        this.#askAgain(askAgainMs);
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
    const running = { job, abort: new AbortController() };
    if (this.tools.cancelArrived(job.id)) running.abort.abort(new CanceledByClient());
    // Drained meanwhile: what a late claim brought goes back at once.
    if (this.#stopped) running.abort.abort(new ShuttingDown());
    // A claim that was answered late: whoever took the job back may be calling already.
    if (!this.tools.holdsLease()) running.abort.abort(new LeaseInDoubt());
    const done = this.#run(running)
      .catch((error: unknown) => {
        this.tools.logger.error({ job: job.id, error }, 'a job was left to the lease; this is a fault of the worker');
      })
      .finally(() => {
        this.#running.delete(running);
        // Also after a claim that brought too few: other workers may have held the provider's concurrency.
        this.wake();
      });
    this.#running.set(running, done);
  }

  async #run({ job, abort }: RunningJob): Promise<void> {
    const startedAt = performance.now();
    const settlement = await runAttempt(
      job,
      {
        provider: this.provider,
        maxResultBytes: this.tools.maxResultBytes,
        maxWaits: this.settings.rateLimit?.maxRetries ?? MAX_WAITS,
        waitsGrow: this.settings.rateLimit?.strategy ?? 'exponential',
        modelSettings: this.tools.modelSettings,
        leaveInTime: this.#leaveInTime,
      },
      abort,
    );
    const verdict = await settleForSure(this.tools.settler, settlement, {
      abort: abort.signal,
      // Not the abort's reason: that of a canceled job stays what it was.
      hurried: this.#graceOver.signal,
      logger: this.tools.logger,
    });
    if (verdict === 'requeued' && settlement.then.outcome === null) this.#wakeIn(settlement.then.parkMs);
    if (verdict === 'moved') this.#tellMove(job, settlement);
    this.tools.onSettled(job, settlement, verdict, performance.now() - startedAt);
  }

  /** Slots that gates or limits leave empty are filled when these open, without asking meanwhile. */
  #askAgain(milliseconds: number | undefined): void {
    clearTimeout(this.#later);
    if (milliseconds === 0) this.#wanted = true;
    else if (milliseconds !== undefined && milliseconds <= LONGEST_TIMER_MS && !this.#stopped)
      this.#later = setTimeout(() => this.wake(), milliseconds);
  }

  #tellMove({ id, model, attempt }: ClaimedJob, { error }: Settlement): void {
    const cause = { job: id, attempt, provider: this.settings.name, model, code: error?.code };
    this.tools.logger.info(cause, 'the job goes on at the next target of its plan');
  }

  /** A job that was parked has no entry on the queue; without this it would wait for the next look of a timer. */
  #wakeIn(milliseconds: number): void {
    if (this.#stopped || milliseconds > LONGEST_TIMER_MS) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.wake();
    }, milliseconds);
    this.#timers.add(timer);
  }
}

/** Resolves when the work has ended or the time is up. */
async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
