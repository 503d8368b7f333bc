import { GatewayError } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';

/** A tenant's count is read again after this long, in milliseconds; between, what this process admits is added. */
const COUNT_HOLDS_MS = 1_000;
/** One that would refuse is read again sooner, as jobs end meanwhile: the sooner the less there is to count. */
const FULL_COUNT_HOLDS_MS_PER_JOB = 0.01;
const RETRY_AFTER_SECONDS = 5;

/** What one process knows of a tenant's jobs. */
interface Count {
  /** By the database, when it was last asked. */
  stored: number;
  /** Let in since then; some of them may be stored too. */
  taken: number;
  /** Let in, and not known to be stored. */
  readonly open: Set<Promise<unknown>>;
  /** `performance.now` of the last answer. */
  readAt: number;
  reading: Promise<void> | undefined;
}

/** Keeps a tenant from filling the database: refuses admissions while too many of its jobs have not ended. */
export class QueueLimit {
  readonly #counts = new Map<number, Count>();

  /** @param maximum Jobs of one tenant that wait or run at once. */
  constructor(
    private readonly database: Database,
    private readonly maximum: number,
  ) {}

  /**
   * Lets one job of the tenant in.
   * @param admit makes the job, and is not called when the tenant has too many
   * @throws GatewayError `rate_limit_error` (429) then
   */
  async letIn<Admitted>(tenantId: number, admit: () => Promise<Admitted>): Promise<Admitted> {
    const count = this.#countOf(tenantId);
    if (this.#isStale(count)) await this.#read(tenantId, count);
    if (this.#isFull(count)) throw this.#refusal();
    count.taken += 1;
    const admission = admit();
    count.open.add(admission);
    try {
      return await admission;
    } finally {
      count.open.delete(admission);
    }
  }

  #countOf(tenantId: number): Count {
    const known = this.#counts.get(tenantId);
    if (known) return known;
    const count: Count = { stored: 0, taken: 0, open: new Set(), readAt: -Infinity, reading: undefined };
    this.#counts.set(tenantId, count);
    return count;
  }

  #isFull(count: Count): boolean {
    return count.stored + count.taken >= this.maximum;
  }

  #isStale(count: Count): boolean {
    const holdsMs = this.#isFull(count) ? this.maximum * FULL_COUNT_HOLDS_MS_PER_JOB : COUNT_HOLDS_MS;
    return performance.now() - count.readAt > Math.min(holdsMs, COUNT_HOLDS_MS);
  }

  /** One question at a time; all that come meanwhile share its answer. */
  async #read(tenantId: number, count: Count): Promise<void> {
    count.reading ??= this.#ask(tenantId, count).finally(() => {
      count.reading = undefined;
    });
    await count.reading;
  }

  async #ask(tenantId: number, count: Count): Promise<void> {
    // What is on its way would count twice, and refuse a job for which there is room.
    if (this.#isFull(count)) await Promise.allSettled(count.open);
    const before = count.taken - count.open.size;
    const [row] = await this.database.query<{ jobs: bigint }>(
      sql`select count_live_jobs(${tenantId}, ${this.maximum}) as jobs`,
    );
    count.stored = Number(row?.jobs ?? 0);
    // Those that were not known to be stored when it was asked count beside the answer.
    count.taken -= before;
    count.readAt = performance.now();
  }

  #refusal(): GatewayError {
    return new GatewayError(
      'rate_limit_error',
      `${this.maximum} jobs of this tenant wait already (limits.maxQueuedPerTenant). Submit more once some have ended.`,
      { code: 'queue_full', retryAfterSeconds: RETRY_AFTER_SECONDS },
    );
  }
}
