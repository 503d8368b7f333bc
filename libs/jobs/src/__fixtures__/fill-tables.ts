import { sql, type Database } from '@switchyard/database';

/** Jobs that the tables are filled with. */
const FILLED_JOBS = 60_000;
/** Those of them that have not ended. */
export const FILLED_LIVE_JOBS = FILLED_JOBS / 3;
/** Lanes, of so many tenants and models. */
const TENANTS = 100;
const MODELS = 30;
const FILLED_BUDGETS = 1_000;

/** Fills the tables as an installation has them that has been at work, in a few seconds and without the functions. */
export async function fillTables(database: Database): Promise<void> {
  await database.query(sql`
    insert into tenants (name, source) select 'filled-' || n, 'api' from generate_series(1, ${TENANTS}::integer) n`);
  await database.query(sql`insert into providers (name) values ('filled') on conflict do nothing`);
  await database.query(sql`
    insert into lanes (provider_id, model, tenant_id)
    select p.id, 'filled-' || m, t.id
      from providers p, tenants t, generate_series(1, ${MODELS}::integer) m
     where p.name = 'filled' and t.name like 'filled-%'`);
  await database.query(sql`
    insert into workers (kind, host, pid, lease_until)
    select 'filled', 'nowhere', n, clock_timestamp() + interval '1 day' from generate_series(1, 500) n`);
  // Ids as they are made: rising with time.
  await database.query(sql`
    create table filling as
    select n, lpad(to_hex(n), 32, '0')::uuid as id, clock_timestamp() - (${FILLED_JOBS} - n) * interval '1 s' as moment,
           l.id as lane_id, l.provider_id, l.tenant_id,
           (array['generation', 'code', 'embedding', 'image'])[1 + least(n % 400, 3)]::job_type as type,
           case when n % 3 < 2 then
             (array['succeeded', 'failed', 'canceled', 'expired'])[1 + least(n % 1000, 3)]::job_outcome end as outcome
      from generate_series(1, ${FILLED_JOBS}::integer) n
      join (select *, row_number() over (order by id) - 1 as place from lanes where model like 'filled-%') l
        on l.place = n % ${TENANTS * MODELS}`);
  await database.query(sql`
    insert into jobs (id, tenant_id, key_id, type, lane_id, priority, created_at, payload_day, estimated_nano, outcome,
                      started_at, finished_at, actual_nano, result_epoch)
    select id, tenant_id, 1, type, lane_id, 5, moment, '2001-01-01', 1000, outcome, moment, moment, 700, 1 from filling`);
  await database.query(sql`
    insert into exposures (job_id, arm_id, unit) select id, 0, n from filling`);
  await database.query(sql`
    insert into live_jobs (job_id, tenant_id, key_id, provider_id, lane_id, type, price_id, reserve_nano, payload_day,
                           created_at, priority, rank, parked, ready_at, expires_at, timeout_ms, attempt, worker_id,
                           epoch, started_at, deadline_at)
    select f.id, f.tenant_id, 1, f.provider_id, f.lane_id, f.type, (select min(id) from price_versions), 1000, '2001-01-01',
           f.moment, 5, lane_rank(f.moment, 5::smallint), f.n % 9 = 2, f.moment + interval '1 day' * (f.n % 9 = 2)::integer,
           f.moment + interval '7 days', 600000, 1, w.id, (w.id is not null)::integer,
           case when w.id is not null then f.moment end, case when w.id is not null then f.moment + interval '7 days' end
      from filling f
      left join (select id, row_number() over (order by id) as place from workers where kind = 'filled') w
        on f.n % 300 = 1 and f.n % 9 <> 2 and w.place = f.n / 300
     where f.outcome is null`);
  await database.query(sql`
    update lanes set waiting = true
     where id in (select lane_id from live_jobs where worker_id is null and not parked)`);
  await database.query(sql`
    insert into attempts (job_id, number, state, lane_id, price_id, reserved_nano, cost_nano, started_at, finished_at)
    select f.id, 1, case when f.outcome is not null then 'succeeded' when l.worker_id is not null then 'started'
                         else 'reserved' end::attempt_state, f.lane_id, 1, 1000,
           case when f.outcome is not null then 700 end, f.moment, f.moment
      from filling f left join live_jobs l on l.job_id = f.id`);
  await database.query(sql`
    insert into calls (worker_id, provider_id, state, started_at, finished_at)
    select 1, provider_id, 'answered', moment, moment from filling`);
  await database.query(sql`
    insert into ledger_entries (at, kind, amount_nano, job_id, attempt, lane_id, key_id, price_id)
    select moment, kind, case kind when 'reserve' then 1000 when 'settle' then 700 else 300 end, id, 1, lane_id, 1, 1
      from filling, unnest(enum_range(null::ledger_kind)) kind
     where kind = 'reserve' or outcome is not null and kind <> 'overrun'`);
  await database.query(sql`
    insert into job_payloads (day, job_id, client_data, plan, payload)
    select '2001-01-01', id, '{}', '{}', '{}' from filling`);
  await database.query(sql`
    insert into job_results (day, job_id, epoch, body) select '2001-01-01', id, 1, '{}' from filling where outcome is not null`);
  await database.query(sql`
    insert into budgets (name, tenant_id, model, time_zone, daily_nano, alert_ppm, rule)
    select 'filled-' || n, t.id, 'filled-' || n % ${MODELS}::integer, 'UTC', 1000000, 800000, 'block'
      from generate_series(1, ${FILLED_BUDGETS}::integer) n
      join (select id, row_number() over (order by id) - 1 as place from tenants where name like 'filled-%') t
        on t.place = n % ${TENANTS}`);
  await database.query(sql`
    insert into budget_windows (budget_id, period, starts_at, ends_at)
    select id, 'daily', date_trunc('day', clock_timestamp()) - n * interval '1 day',
           date_trunc('day', clock_timestamp()) - (n - 1) * interval '1 day'
      from budgets, generate_series(1, 10) n where name like 'filled-%'`);
  await database.query(sql`
    insert into budget_deltas (window_id, spent_nano, reserved_nano, overrun_nano)
    select w.id, 0, 0, 0 from budget_windows w, generate_series(1, 4)`);
  await database.query(sql`
    insert into idempotency_keys (tenant_id, route, key, digest, job_id, created_at)
    select tenant_id, 'POST /v1/jobs', 'filled-' || n, '', id, clock_timestamp() from filling`);
  await database.query(sql`
    insert into flows (provider_id, tenant_id, tag, idle)
    select p.id, t.id, 0, true from providers p, tenants t where p.name = 'filled' and t.name like 'filled-%'`);
  await database.query(sql`
    insert into token_holds (job_id, attempt, limit_id, slice, tokens) select id, 1, 1000000, n, 10 from filling`);
  await database.query(sql`
    insert into rate_deltas (limit_id, slice, tokens) select 1000000, n, 10 from filling`);
  await database.query(sql`drop table filling`);
}
