import { sql, type Queryable } from '@switchyard/database';

/** What keeps lanes shut. */
export interface Gate {
  readonly cause: 'paused' | 'breaker' | 'rate_limit';
  /** In words for the user. */
  readonly detail: string;
  /** Null: until somebody opens it. */
  readonly opensAt: Date | null;
}

/** Jobs of one provider, model and tenant that have not ended. */
export interface Lane {
  readonly provider: string;
  readonly model: string;
  readonly tenant: string;
  /** The tenant's share of a contended provider. */
  readonly weight: number;
  /** Jobs that could be claimed but for gates and limits. */
  readonly waiting: number;
  /** Jobs that wait for a time or a budget. */
  readonly delayed: number;
  readonly running: number;
  /** Since when the first of those that wait has been ready; null where none waits. */
  readonly oldest: Date | null;
  readonly gate: Gate | null;
}

/** A circuit breaker that is not closed. */
export interface Circuit {
  readonly provider: string;
  readonly model: string;
  /** `half_open`: one job at a time tries it now. */
  readonly circuit: 'open' | 'half_open';
  readonly detail: string;
  readonly since: Date;
}

interface LaneRow {
  readonly provider: string;
  readonly model: string;
  readonly tenant: string;
  readonly weight: number;
  readonly waiting: bigint;
  readonly delayed: bigint;
  readonly running: bigint;
  readonly oldest: Date | null;
  readonly cause: Gate['cause'] | null;
  readonly detail: string;
  readonly opens_at: Date | null;
}

/** Reads what waits for what. Costs a scan of all that has not ended: for who looks at it, not for a loop. */
export async function readLanes(database: Queryable): Promise<readonly Lane[]> {
  const rows = await database.query<LaneRow>(sql`select * from read_lanes()`);
  return rows.map(({ cause, detail, opens_at: opensAt, waiting, delayed, running, ...lane }) => ({
    ...lane,
    waiting: Number(waiting),
    delayed: Number(delayed),
    running: Number(running),
    gate: cause && { cause, detail, opensAt },
  }));
}

/** A pause that holds. */
export interface Pause {
  readonly provider: string | null;
  readonly model: string | null;
  readonly tenant: string | null;
  readonly detail: string;
  readonly since: Date;
}

/** Reads the pauses that hold, also of lanes in which nothing waits. */
export async function readPauses(database: Queryable): Promise<readonly Pause[]> {
  return await database.query<Pause>(sql`
    select (select p.name from providers p where p.id = g.provider_id) as provider, nullif(g.model, '') as model,
           (select t.name from tenants t where t.id = g.tenant_id) as tenant, g.detail, g.shut_at as since
      from gates g where g.cause = 'paused' order by g.id`);
}

/** Reads which circuit breakers are not closed. */
export async function readCircuits(database: Queryable): Promise<readonly Circuit[]> {
  return await database.query<Circuit>(sql`select * from open_circuits()`);
}
