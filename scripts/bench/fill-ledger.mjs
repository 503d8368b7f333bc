import { sql } from '@switchyard/database';

const TENANTS = 50;
const KEYS_OF_TENANT = 2;
const MODELS = 10;
const PROVIDERS = 5;
const LINES_OF_ATTEMPT = 3;
const ATTEMPTS_AT_ONCE = 100_000;

/** Makes tenants, keys, lanes and a price. */
export async function makeNames(database) {
  await database.query(sql`
    insert into tenants (name, source) select 'tenant-' || n, 'file' from generate_series(1, ${TENANTS}::integer) as n`);
  await database.query(sql`
    insert into keys (tenant_id, name, hash, scopes, permissions, source)
    select t, 'key-' || t || '-' || n, decode(md5(t || '-' || n), 'hex'), '{jobs}', '{}', 'file'
      from generate_series(1, ${TENANTS}::integer) as t, generate_series(1, ${KEYS_OF_TENANT}::integer) as n`);
  await database.query(sql`
    select lane_id_of('provider-' || (m % ${PROVIDERS}), 'model-' || m, t)
      from generate_series(1, ${TENANTS}::integer) as t, generate_series(1, ${MODELS}::integer) as m`);
  await database.query(sql`select price_id_of('model', 'digest', '{}')`);
}

/**
 * Writes jobs that have ended, each with an attempt, its three lines and what it adds to the usage, one after the other in
 * time; tenants differ much in how many are theirs, latencies are log-normal.
 * @returns how many lines there are of them
 */
export async function fillLedger(database, { lines, from, to, say }) {
  const attempts = Math.ceil(lines / LINES_OF_ATTEMPT);
  const spacing = (to.getTime() - from.getTime()) / attempts;
  for (let done = 0; done < attempts; done += ATTEMPTS_AT_ONCE) {
    const count = Math.min(ATTEMPTS_AT_ONCE, attempts - done);
    await writeAttempts(database, { first: done, count, from, spacing });
    say(`${((done + count) * LINES_OF_ATTEMPT).toLocaleString('en')} lines`);
  }
  return attempts * LINES_OF_ATTEMPT;
}

async function writeAttempts(database, { first, count, from, spacing }) {
  await database.query(sql`
    with drawn as materialized (
      select n, ${from}::timestamptz + n * ${spacing}::double precision * interval '1 ms' as at,
             1 + floor(${TENANTS}::integer * random() ^ 2)::integer as tenant, floor(random() * ${MODELS}::integer)::integer as model,
             exp(random_normal(6.5, 0.8)) as latency_ms, (100 + random() * 2000)::integer as prompt_tokens,
             (10 + random() * 800)::integer as completion_tokens, random() as luck, random() < 0.7 as first_key
        from generate_series(${first}::bigint, ${first}::bigint + ${count}::bigint - 1) as n
    ), made as materialized (
      select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid as id,
             at, at - latency_ms * interval '1 ms' as started_at, tenant as tenant_id, (tenant - 1) * ${MODELS} + model + 1 as lane_id,
             (tenant - 1) * ${KEYS_OF_TENANT} + 1 + first_key::integer as key_id, prompt_tokens, completion_tokens,
             (prompt_tokens + completion_tokens) * 1500::bigint as cost_nano, 4500000::bigint as reserved_nano,
             (case when luck < 0.96 then 'succeeded' when luck < 0.99 then 'failed' else 'canceled' end)::attempt_state as state
        from drawn
    ), ended as (
      insert into jobs (id, tenant_id, key_id, type, lane_id, priority, created_at, payload_day, estimated_nano, outcome,
                        started_at, finished_at, actual_nano)
      select id, tenant_id, key_id, 'generation', lane_id, 5, started_at, (started_at at time zone 'UTC')::date, reserved_nano,
             state::text::job_outcome, started_at, at, cost_nano
        from made
    ), tried as (
      insert into attempts (job_id, number, state, lane_id, price_id, epoch, reserved_nano, cost_nano, prompt_tokens,
                            completion_tokens, started_at, finished_at)
      select id, 1, state, lane_id, 1, 1, reserved_nano, cost_nano, prompt_tokens, completion_tokens, started_at, at from made
    ), counted as (
      insert into usage_deltas (at, started_at, cost_nano, lane_id, key_id, prompt_tokens, completion_tokens, state, estimated)
      select at, started_at, cost_nano, lane_id, key_id, prompt_tokens, completion_tokens, state, false from made
    )
    insert into ledger_entries (at, kind, amount_nano, job_id, attempt, lane_id, key_id, price_id)
    select case kind when 'reserve' then started_at else at end, kind::ledger_kind, amount, id, 1, lane_id, key_id, 1
      from made cross join lateral (
        values ('reserve', reserved_nano), ('settle', cost_nano), ('release', reserved_nano - cost_nano)) as posting (kind, amount)`);
}
