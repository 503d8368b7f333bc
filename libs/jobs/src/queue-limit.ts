import { GatewayError } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';

/** A tenant's count is read again after this long, in milliseconds; between, what this process admits is added. */
const COUNT_HOLDS_MS = 1_000;
const RETRY_AFTER_SECONDS = 5;

interface Count {
  jobs: number;
  readonly until: number;
}

/** Keeps a tenant from filling the database: refuses admissions while too many of its jobs have not ended. */
export class QueueLimit {
  readonly #counts = new Map<number, Promise<Count>>();

  /** @param maximum Jobs of one tenant that wait or run at once. */
  constructor(
    private readonly database: Database,
    private readonly maximum: number,
  ) {}

  /** @throws GatewayError `rate_limit_error` (429) when the tenant has too many. */
  async take(tenantId: number): Promise<void> {
    const count = await this.#count(tenantId);
    if (count.jobs >= this.maximum) {
      throw new GatewayError(
        'rate_limit_error',
        `${this.maximum} jobs of this tenant wait already (limits.maxQueuedPerTenant). Submit more once some have ended.`,
        { code: 'queue_full', retryAfterSeconds: RETRY_AFTER_SECONDS },
      );
    }
    count.jobs += 1;
  }

  async #count(tenantId: number): Promise<Count> {
    const known = this.#counts.get(tenantId);
    if (known && (await known).until > performance.now()) return await known;
    const current = this.#counts.get(tenantId);
    if (current && current !== known) return await current;
    const reading = this.#read(tenantId);
    this.#counts.set(tenantId, reading);
    reading.catch(() => this.#counts.delete(tenantId));
    return await reading;
  }

  async #read(tenantId: number): Promise<Count> {
    const [row] = await this.database.query<{ jobs: bigint }>(sql`
      select count(*) as jobs from (
        select from live_jobs where tenant_id = ${tenantId} limit ${this.maximum}
      ) as counted`);
    return { jobs: Number(row?.jobs ?? 0), until: performance.now() + COUNT_HOLDS_MS };
  }
}
