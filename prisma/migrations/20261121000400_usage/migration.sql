-- What is read from the ledger: usage by hour, day and month. A settlement appends what it adds (`usage_deltas`, a heap
-- without an index and without a row that two would want); the courier folds these into the rollups. A report reads both
-- in one statement, so it is exact at any moment, however long ago the last fold was. A delta is counted once because it
-- is deleted in the transaction that adds it up: no watermark could say so of transactions that are still open, nor
-- outlive a restore into another server.
-- Rollups stay as long as the ledger, when jobs, attempts and payloads have been dropped.

-- ------------------------------------------------------------------------------------------------------- tables

CREATE TYPE usage_span AS ENUM ('hour', 'day', 'month');

-- A cost that arose outside: an invoice, a script that calls a vendor by itself. Its lines in the ledger name it in the
-- place of a job, with 0 in the place of the attempt, no price version, and no key where it belongs to none.
CREATE TABLE bookings (
  id uuid PRIMARY KEY,
  lane_id integer NOT NULL,
  key_id integer,
  cost_nano bigint NOT NULL CHECK (cost_nano > 0),
  prompt_tokens bigint,
  completion_tokens bigint,
  description text,
  booked_at timestamptz NOT NULL,
  -- the admin key, and the tenant that it acted for
  booked_by integer NOT NULL,
  acting_tenant_id integer NOT NULL
);
CREATE TRIGGER bookings_append_only BEFORE UPDATE OR DELETE ON bookings
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE ledger_entries ALTER COLUMN key_id DROP NOT NULL, ALTER COLUMN price_id DROP NOT NULL;

-- Lines come in the order of time, near enough: a few pages of index find those of any day.
CREATE INDEX ledger_entries_at_idx ON ledger_entries USING brin (at) WITH (autosummarize = on);

-- What is settled and not folded yet: by an attempt (`close_attempt`), or by a booking, which has no state.
CREATE TABLE usage_deltas (
  at timestamptz NOT NULL,
  started_at timestamptz,
  cost_nano bigint NOT NULL,
  lane_id integer NOT NULL,
  key_id integer,
  prompt_tokens bigint,
  completion_tokens bigint,
  cached_tokens integer,
  reasoning_tokens integer,
  images integer,
  state attempt_state,
  estimated boolean NOT NULL,
  -- it failed by the vendor's fault
  at_fault boolean NOT NULL DEFAULT false
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- `key_id` 0: of no key. `failed` counts the unknown ones too; `booked_nano` is the part of the cost that was booked.
-- `latency_counts` says how many requests fell into each of `latency_buckets`.
CREATE TABLE usage_rollups (
  span usage_span NOT NULL,
  starts_at timestamptz NOT NULL,
  lane_id integer NOT NULL,
  key_id integer NOT NULL,
  succeeded bigint NOT NULL,
  failed bigint NOT NULL,
  canceled bigint NOT NULL,
  estimated bigint NOT NULL,
  latency_ms bigint NOT NULL,
  prompt_tokens bigint NOT NULL,
  completion_tokens bigint NOT NULL,
  cached_tokens bigint NOT NULL,
  reasoning_tokens bigint NOT NULL,
  images bigint NOT NULL,
  -- wider than what they add up, so that no fold fails
  cost_nano numeric(30, 0) NOT NULL,
  booked_nano numeric(30, 0) NOT NULL,
  latency_buckets smallint[] NOT NULL,
  latency_counts integer[] NOT NULL,
  PRIMARY KEY (span, starts_at, lane_id, key_id)
) PARTITION BY LIST (span);
-- Apart, so that a report over months does not read through their hours.
CREATE TABLE usage_hours PARTITION OF usage_rollups FOR VALUES IN ('hour') WITH (fillfactor = 70);
CREATE TABLE usage_days PARTITION OF usage_rollups FOR VALUES IN ('day') WITH (fillfactor = 70);
CREATE TABLE usage_months PARTITION OF usage_rollups FOR VALUES IN ('month') WITH (fillfactor = 50);

-- ------------------------------------------------------------------------------------------------- what is added

-- Milliseconds from the claim to the settlement. A clock that was set back makes none below zero, one that was set
-- forward none that is out of range.
CREATE FUNCTION latency_of(started_at timestamptz, ended_at timestamptz) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN started_at IS NOT NULL THEN
           least(greatest(extract(epoch FROM ended_at - started_at) * 1000, 0), 2147483647)::integer END
$$;

-- Bucket n holds the latencies above 1.1^(n-1) and up to 1.1^n milliseconds, bucket 0 those up to one.
CREATE FUNCTION latency_bucket(latency_ms integer) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN latency_ms IS NOT NULL THEN
           ceil(ln(greatest(latency_ms, 1)::double precision) / ln(1.1::double precision))::smallint END
$$;

-- What deltas add up to, in the columns of a rollup: what is not folded yet.
CREATE VIEW pending_usage AS
SELECT d.at, d.lane_id, coalesce(d.key_id, 0) AS key_id, (d.state = 'succeeded')::integer AS succeeded,
       (d.state IN ('failed', 'unknown'))::integer AS failed, (d.state = 'canceled')::integer AS canceled,
       d.estimated::integer AS estimated, latency_of(d.started_at, d.at) AS latency_ms, d.prompt_tokens,
       d.completion_tokens, d.cached_tokens, d.reasoning_tokens, d.images, d.cost_nano,
       CASE WHEN d.state IS NULL THEN d.cost_nano END AS booked_nano,
       CASE WHEN d.started_at IS NOT NULL THEN ARRAY[latency_bucket(latency_of(d.started_at, d.at))] END AS latency_buckets,
       CASE WHEN d.started_at IS NOT NULL THEN ARRAY[1] END AS latency_counts
  FROM usage_deltas d;

-- The same from the lines themselves, to hold the rollups against. `forgotten`: the attempt has been dropped, and only
-- the money is known.
CREATE VIEW settled_usage AS
SELECT line.at, line.lane_id, coalesce(line.key_id, 0) AS key_id, (tried.state = 'succeeded')::integer AS succeeded,
       (tried.state IN ('failed', 'unknown'))::integer AS failed, (tried.state = 'canceled')::integer AS canceled,
       tried.estimated::integer AS estimated, latency_of(tried.started_at, line.at) AS latency_ms,
       coalesce(tried.prompt_tokens, booked.prompt_tokens) AS prompt_tokens,
       coalesce(tried.completion_tokens, booked.completion_tokens) AS completion_tokens, tried.cached_tokens,
       tried.reasoning_tokens, tried.images, line.amount_nano AS cost_nano,
       CASE WHEN line.attempt = 0 THEN line.amount_nano END AS booked_nano,
       line.attempt > 0 AND tried.job_id IS NULL AS forgotten
  FROM ledger_entries line
  LEFT JOIN attempts tried ON tried.job_id = line.job_id AND tried.number = line.attempt
  LEFT JOIN bookings booked ON line.attempt = 0 AND booked.id = line.job_id
 WHERE line.kind = 'settle';

-- ---------------------------------------------------------------------------------------------------------- fold

-- Folds deltas into the rollups of their hour, day and month, all in one transaction. One courier at a time; another
-- finds nothing to do meanwhile. Answers how many were folded: fewer than `at_most` when there are no more.
CREATE FUNCTION fold_usage(at_most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  folded integer;
  settled usage_deltas[];
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('switchyard.usage')) THEN RETURN 0; END IF;
  WITH taken AS MATERIALIZED (
    DELETE FROM usage_deltas WHERE ctid = ANY (ARRAY(SELECT ctid FROM usage_deltas LIMIT at_most)) RETURNING *
  ), by_bucket AS (
    SELECT span, date_trunc(span::text, t.at, 'UTC') AS starts_at, t.lane_id, coalesce(t.key_id, 0) AS key_id,
           latency_bucket(latency_of(t.started_at, t.at)) AS bucket, count(*) AS times,
           count(*) FILTER (WHERE t.state = 'succeeded') AS succeeded,
           count(*) FILTER (WHERE t.state IN ('failed', 'unknown')) AS failed,
           count(*) FILTER (WHERE t.state = 'canceled') AS canceled, count(*) FILTER (WHERE t.estimated) AS estimated,
           sum(latency_of(t.started_at, t.at)) AS latency_ms, sum(t.prompt_tokens) AS prompt_tokens,
           sum(t.completion_tokens) AS completion_tokens, sum(t.cached_tokens) AS cached_tokens,
           sum(t.reasoning_tokens) AS reasoning_tokens, sum(t.images) AS images, sum(t.cost_nano) AS cost_nano,
           sum(t.cost_nano) FILTER (WHERE t.state IS NULL) AS booked_nano
      FROM taken t CROSS JOIN unnest(enum_range(NULL::usage_span)) AS span GROUP BY 1, 2, 3, 4, 5
  ), added AS (
    INSERT INTO usage_rollups AS known (span, starts_at, lane_id, key_id, succeeded, failed, canceled, estimated, latency_ms,
                                        prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens, images, cost_nano,
                                        booked_nano, latency_buckets, latency_counts)
    SELECT b.span, b.starts_at, b.lane_id, b.key_id, sum(b.succeeded), sum(b.failed), sum(b.canceled), sum(b.estimated),
           coalesce(sum(b.latency_ms), 0), coalesce(sum(b.prompt_tokens), 0), coalesce(sum(b.completion_tokens), 0),
           coalesce(sum(b.cached_tokens), 0), coalesce(sum(b.reasoning_tokens), 0), coalesce(sum(b.images), 0),
           sum(b.cost_nano), coalesce(sum(b.booked_nano), 0),
           coalesce(array_agg(b.bucket ORDER BY b.bucket) FILTER (WHERE b.bucket IS NOT NULL), '{}'),
           coalesce(array_agg(b.times ORDER BY b.bucket) FILTER (WHERE b.bucket IS NOT NULL), '{}')
      FROM by_bucket b GROUP BY 1, 2, 3, 4
    ON CONFLICT (span, starts_at, lane_id, key_id) DO UPDATE
      SET succeeded = known.succeeded + excluded.succeeded, failed = known.failed + excluded.failed,
          canceled = known.canceled + excluded.canceled, estimated = known.estimated + excluded.estimated,
          latency_ms = known.latency_ms + excluded.latency_ms,
          prompt_tokens = known.prompt_tokens + excluded.prompt_tokens,
          completion_tokens = known.completion_tokens + excluded.completion_tokens,
          cached_tokens = known.cached_tokens + excluded.cached_tokens,
          reasoning_tokens = known.reasoning_tokens + excluded.reasoning_tokens,
          images = known.images + excluded.images, cost_nano = known.cost_nano + excluded.cost_nano,
          booked_nano = known.booked_nano + excluded.booked_nano,
          (latency_buckets, latency_counts) = (
            SELECT coalesce(array_agg(merged.bucket ORDER BY merged.bucket), '{}'),
                   coalesce(array_agg(merged.times ORDER BY merged.bucket), '{}')
              FROM (SELECT bucket, sum(times) AS times
                      FROM unnest(known.latency_buckets || excluded.latency_buckets,
                                  known.latency_counts || excluded.latency_counts) AS one (bucket, times)
                     GROUP BY bucket) AS merged)
  ) SELECT count(*), array_agg(t) INTO folded, settled FROM taken t;
  PERFORM add_measurements(settled);
  RETURN folded;
END $$;

-- ---------------------------------------------------------------------------------------------------------- read

-- Cuts a time between two hours into whole days and the hours before and after them.
CREATE FUNCTION usage_days_and_hours(since timestamptz, until timestamptz)
RETURNS TABLE (span usage_span, since timestamptz, until timestamptz) LANGUAGE sql IMMUTABLE AS $$
  WITH days AS (
    SELECT first, greatest(first, date_trunc('day', $2, 'UTC')) AS last
      FROM date_trunc('day', $1 + interval '24 hours' - interval '1 microsecond', 'UTC') AS first
  ) SELECT cut.span, cut.since, cut.until FROM days CROSS JOIN LATERAL (
      VALUES ('day'::usage_span, days.first, days.last), ('hour', $1, least(days.first, $2)), ('hour', days.last, $2)
    ) AS cut (span, since, until) WHERE cut.since < cut.until
$$;

-- The same with whole months, where days need not be told apart.
CREATE FUNCTION usage_spans(since timestamptz, until timestamptz, by_day boolean)
RETURNS TABLE (span usage_span, since timestamptz, until timestamptz) LANGUAGE sql IMMUTABLE AS $$
  WITH months AS (
    SELECT first AT TIME ZONE 'UTC' AS first, date_trunc('month', $2, 'UTC') AS last
      FROM (SELECT date_trunc('month', $1 AT TIME ZONE 'UTC' - interval '1 microsecond') + interval '1 month') AS one (first)
     WHERE NOT $3 AND first AT TIME ZONE 'UTC' < date_trunc('month', $2, 'UTC')
  ) SELECT 'month'::usage_span, first, last FROM months
    UNION ALL
    SELECT cut.span, cut.since, cut.until
      FROM (VALUES ($1, coalesce((SELECT first FROM months), $2)), (coalesce((SELECT last FROM months), $2), $2)) AS rest (a, b)
     CROSS JOIN LATERAL usage_days_and_hours(rest.a, rest.b) AS cut WHERE rest.a < rest.b
$$;

-- The usage from `since` up to before `until`, both on the hour: whole months and days from their rollups, the hours around
-- them from theirs, and what is not folded yet.
CREATE FUNCTION usage_between(since timestamptz, until timestamptz, by_day boolean) RETURNS TABLE (
  at timestamptz, lane_id integer, key_id integer, succeeded bigint, failed bigint, canceled bigint, estimated bigint,
  latency_ms bigint, prompt_tokens bigint, completion_tokens bigint, cached_tokens bigint, reasoning_tokens bigint,
  images bigint, cost_nano numeric, booked_nano numeric, latency_buckets smallint[], latency_counts integer[]
) LANGUAGE sql STABLE AS $$
  SELECT r.starts_at, r.lane_id, r.key_id, r.succeeded, r.failed, r.canceled, r.estimated, r.latency_ms, r.prompt_tokens,
         r.completion_tokens, r.cached_tokens, r.reasoning_tokens, r.images, r.cost_nano, r.booked_nano, r.latency_buckets,
         r.latency_counts
    FROM usage_spans(since, until, by_day) s
    JOIN usage_rollups r ON r.span = s.span AND r.starts_at >= s.since AND r.starts_at < s.until
  UNION ALL
  SELECT p.at, p.lane_id, p.key_id, p.succeeded, p.failed, p.canceled, p.estimated, p.latency_ms, p.prompt_tokens,
         p.completion_tokens, p.cached_tokens, p.reasoning_tokens, p.images, p.cost_nano, p.booked_nano, p.latency_buckets,
         p.latency_counts
    FROM pending_usage p WHERE p.at >= since AND p.at < until
$$;

-- ------------------------------------------------------------------------------------------------------ bookings

-- Counts a cost that arose outside in the windows that lie at the moment; called once for each booking, in its
-- transaction, after its lines. What a window has no room for is overrun: nothing could have refused it.
CREATE FUNCTION budgets_take_booking(booked bookings) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  place lanes%ROWTYPE;
  touched integer[];
  h held_window;
BEGIN
  SELECT * INTO place FROM lanes WHERE id = booked.lane_id;
  touched := ARRAY(SELECT budgets_of(place.tenant_id, coalesce(booked.key_id, 0), place.model));
  PERFORM make_windows(touched, booked.booked_at);
  FOREACH h IN ARRAY coalesce(hold_windows(windows_at(touched, booked.booked_at)), '{}') LOOP
    h.overrun_nano := h.overrun_nano + greatest(
      booked.cost_nano - greatest(h.limit_nano - h.spent_nano - h.reserved_nano, 0), 0);
    h.spent_nano := h.spent_nano + booked.cost_nano;
    PERFORM keep_window(h, booked.booked_at);
  END LOOP;
END $$;

-- Books a cost that arose outside: what no reservation foresaw is an overrun, and is spent at once. An idempotency key of
-- the acting tenant that has booked within its lifetime changes nothing and answers that booking; `same` is whether it
-- asked for the same.
CREATE FUNCTION book_cost(
  new_id uuid, acting_tenant integer, acting_key integer, of_tenant integer, of_key integer, provider text, model text,
  cost bigint, prompts bigint, completions bigint, words text, idempotent_by text, body_digest bytea
) RETURNS TABLE (id uuid, same boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  at_route CONSTANT text := 'POST /v1/admin/usage';
  moment timestamptz := clock_timestamp();
  booked bookings%ROWTYPE;
BEGIN
  IF idempotent_by IS NOT NULL THEN
    INSERT INTO idempotency_keys AS k (tenant_id, route, key, digest, job_id, created_at)
    VALUES (acting_tenant, at_route, idempotent_by, body_digest, new_id, moment)
    ON CONFLICT (tenant_id, route, key) DO UPDATE
       SET digest = excluded.digest, job_id = excluded.job_id, created_at = excluded.created_at
     WHERE k.created_at <= moment - idempotency_lifetime();
    IF NOT FOUND THEN
      RETURN QUERY SELECT k.job_id, k.digest = body_digest FROM idempotency_keys k
                    WHERE k.tenant_id = acting_tenant AND k.route = at_route AND k.key = idempotent_by;
      RETURN;
    END IF;
  END IF;
  INSERT INTO bookings AS b (id, lane_id, key_id, cost_nano, prompt_tokens, completion_tokens, description, booked_at,
                             booked_by, acting_tenant_id)
  VALUES (new_id, lane_id_of(provider, model, of_tenant), of_key, cost, prompts, completions, words, clock_timestamp(),
          acting_key, acting_tenant)
  RETURNING b.* INTO booked;
  INSERT INTO ledger_entries (at, kind, amount_nano, job_id, attempt, lane_id, key_id)
  SELECT booked.booked_at, kind, booked.cost_nano, booked.id, 0, booked.lane_id, booked.key_id
    FROM unnest(ARRAY['overrun', 'settle']::ledger_kind[]) AS kind;
  INSERT INTO usage_deltas (at, cost_nano, lane_id, key_id, prompt_tokens, completion_tokens, estimated)
  VALUES (booked.booked_at, booked.cost_nano, booked.lane_id, booked.key_id, booked.prompt_tokens, booked.completion_tokens,
          false);
  PERFORM budgets_take_booking(booked);
  RETURN QUERY SELECT booked.id, true;
END $$;
