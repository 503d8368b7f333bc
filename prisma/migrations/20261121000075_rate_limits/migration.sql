-- Rate limits: how many requests and tokens a window may hold, never more in any span of its length.
--
-- What was taken is counted in slices of a hundredth of the window; a slice counts until all of it lies outside. Limits of
-- keys and tenants are judged at the admission, those of providers and models in the claim, each under the lock of its
-- row, in the order of their ids: after the provider and the worker, before live_jobs are claimed and before budgets'
-- windows. Tokens are reserved as they were estimated; a settlement takes no lock and appends by how much that was wrong.

-- 0 and '' stand for all.
CREATE TABLE rate_limits (
  id serial PRIMARY KEY,
  -- where the configuration says it
  place text NOT NULL,
  name text NOT NULL,
  -- in words for the user
  detail text NOT NULL,
  provider_id integer NOT NULL,
  model text NOT NULL,
  tenant_id integer NOT NULL,
  key_id integer NOT NULL,
  max_requests integer CHECK (max_requests > 0),
  max_tokens bigint CHECK (max_tokens > 0),
  window_ms integer NOT NULL CHECK (window_ms >= 100),
  -- beginnings of slices in milliseconds since 1970, and what was taken in each
  slices bigint[] NOT NULL DEFAULT '{}',
  requests bigint[] NOT NULL DEFAULT '{}',
  tokens bigint[] NOT NULL DEFAULT '{}',
  removed_at timestamptz,
  UNIQUE (place, provider_id, model, tenant_id, key_id)
) WITH (fillfactor = 50);
CREATE INDEX rate_limits_scope ON rate_limits (tenant_id, key_id, provider_id, model) WHERE removed_at IS NULL;

CREATE TABLE rate_deltas (
  id bigserial PRIMARY KEY,
  limit_id integer NOT NULL,
  slice bigint NOT NULL,
  tokens bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
CREATE INDEX rate_deltas_limit_id_idx ON rate_deltas (limit_id);

-- Tokens that an attempt was counted for, until it settles or they lie outside the window anyway.
CREATE TABLE token_holds (
  job_id uuid NOT NULL,
  attempt smallint NOT NULL,
  limit_id integer NOT NULL,
  slice bigint NOT NULL,
  tokens bigint NOT NULL,
  PRIMARY KEY (job_id, attempt, limit_id)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
CREATE INDEX token_holds_limit_id_slice_idx ON token_holds (limit_id, slice);

-- Makes the limits what is wanted. What one has counted stays with its place and scope, also while it is gone.
CREATE FUNCTION write_rate_limits(wanted json) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMPORARY TABLE wanted_limits ON COMMIT DROP AS
    SELECT r.place, r.name, r.detail, CASE WHEN r.provider IS NULL THEN 0 ELSE provider_id_of(r.provider) END AS provider_id,
           coalesce(r.model, '') AS model, coalesce(t.id, 0) AS tenant_id, coalesce(k.id, 0) AS key_id,
           r.max_requests, r.max_tokens, r.window_ms
      FROM json_to_recordset(wanted) AS r (place text, name text, detail text, provider text, model text, tenant text,
                                           key text, max_requests integer, max_tokens bigint, window_ms integer)
      LEFT JOIN tenants t ON t.name = r.tenant
      LEFT JOIN keys k ON k.name = r.key
     WHERE (r.tenant IS NULL OR t.id IS NOT NULL) AND (r.key IS NULL OR k.id IS NOT NULL);
  UPDATE rate_limits l SET removed_at = clock_timestamp()
   WHERE l.removed_at IS NULL
     AND NOT EXISTS (SELECT FROM wanted_limits w
                      WHERE (w.place, w.provider_id, w.model, w.tenant_id, w.key_id)
                          = (l.place, l.provider_id, l.model, l.tenant_id, l.key_id));
  INSERT INTO rate_limits AS l (place, name, detail, provider_id, model, tenant_id, key_id, max_requests, max_tokens, window_ms)
  SELECT place, name, detail, provider_id, model, tenant_id, key_id, max_requests, max_tokens, window_ms FROM wanted_limits
  ON CONFLICT (place, provider_id, model, tenant_id, key_id) DO UPDATE
     SET name = excluded.name, detail = excluded.detail, max_requests = excluded.max_requests,
         max_tokens = excluded.max_tokens, window_ms = excluded.window_ms, removed_at = NULL
   WHERE (l.name, l.detail, l.max_requests, l.max_tokens, l.window_ms, l.removed_at)
         IS DISTINCT FROM (excluded.name, excluded.detail, excluded.max_requests, excluded.max_tokens, excluded.window_ms, NULL);
  DROP TABLE wanted_limits;
END $$;

-- ------------------------------------------------------------------------------------------------------ counting

CREATE FUNCTION milliseconds_of(moment timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT floor(extract(epoch FROM moment) * 1000)::bigint
$$;

-- The slice of a window that a moment lies in, by its beginning.
CREATE FUNCTION slice_at(window_ms integer, moment timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT milliseconds_of(moment) / (window_ms / 100) * (window_ms / 100)
$$;

-- The last slice that lies outside a window which ends at a moment.
CREATE FUNCTION last_outside(window_ms integer, moment timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT milliseconds_of(moment) - window_ms - window_ms / 100
$$;

-- What the slices of a window hold.
CREATE FUNCTION sum_within(slices bigint[], counts bigint[], outside bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(sum(taken.count), 0)::bigint FROM unnest(slices, counts) AS taken (slice, count) WHERE taken.slice > outside
$$;

-- The newest slice that must leave the window before it holds at most so much; null where it holds no more already.
CREATE FUNCTION slice_to_leave(slices bigint[], counts bigint[], outside bigint, at_most bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
  SELECT max(summed.slice)
    FROM (SELECT taken.slice, sum(taken.count) OVER (ORDER BY taken.slice DESC) AS with_newer
            FROM unnest(slices, counts) AS taken (slice, count) WHERE taken.slice > outside) AS summed
   WHERE summed.with_newer > at_most
$$;

-- Locks limits and folds what settlements appended.
CREATE FUNCTION hold_rates(wanted integer[], moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM rate_limits WHERE id = ANY (wanted) ORDER BY id FOR NO KEY UPDATE;
  IF (SELECT true FROM rate_limits WHERE id = ANY (wanted) AND max_tokens IS NOT NULL LIMIT 1) THEN
    PERFORM fold_tokens(wanted, moment);
  END IF;
  -- Of a clock that was put back: what it counted in the future was taken by now.
  UPDATE rate_limits r SET slices = ARRAY(
           SELECT least(taken.slice, slice_at(r.window_ms, moment))
             FROM unnest(r.slices) WITH ORDINALITY AS taken (slice, place) ORDER BY taken.place)
   WHERE r.id = ANY (wanted) AND r.slices[cardinality(r.slices)] > slice_at(r.window_ms, moment);
END $$;

CREATE FUNCTION fold_tokens(wanted integer[], moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  l record;
BEGIN
  WITH folded AS (
    DELETE FROM rate_deltas d WHERE d.limit_id = ANY (wanted) RETURNING d.limit_id, d.slice, d.tokens
  )
  UPDATE rate_limits r
     SET tokens = ARRAY(
           SELECT greatest(taken.tokens + coalesce((
                    SELECT sum(f.tokens) FROM folded f WHERE f.limit_id = r.id AND f.slice = taken.slice), 0), 0)
             FROM unnest(r.slices, r.tokens) WITH ORDINALITY AS taken (slice, tokens, place) ORDER BY taken.place)
   WHERE r.id IN (SELECT f.limit_id FROM folded f);
  -- Of jobs that ended without a settlement.
  FOR l IN SELECT r.id, last_outside(r.window_ms, moment) AS outside FROM rate_limits r
            WHERE r.id = ANY (wanted) AND r.max_tokens IS NOT NULL LOOP
    DELETE FROM token_holds h WHERE h.limit_id = l.id AND h.slice <= l.outside;
  END LOOP;
END $$;

-- Counts what was taken of limits whose rows are locked; forgets slices that lie outside.
CREATE FUNCTION count_rates(taken_of integer[], taken_requests bigint[], taken_tokens bigint[], moment timestamptz)
RETURNS void LANGUAGE sql AS $$
  UPDATE rate_limits r SET slices = kept.slices, requests = kept.requests, tokens = kept.tokens
    FROM (
      SELECT summed.id, array_agg(summed.slice ORDER BY summed.slice) AS slices,
             array_agg(summed.requests ORDER BY summed.slice) AS requests,
             array_agg(summed.tokens ORDER BY summed.slice) AS tokens
        FROM (
          SELECT counted.id, counted.slice, sum(counted.requests)::bigint AS requests, sum(counted.tokens)::bigint AS tokens
            FROM (
              SELECT l.id, taken.slice, taken.requests, taken.tokens
                FROM rate_limits l
               CROSS JOIN LATERAL unnest(l.slices, l.requests, l.tokens) AS taken (slice, requests, tokens)
               WHERE l.id = ANY (taken_of) AND taken.slice > last_outside(l.window_ms, moment)
              UNION ALL
              SELECT l.id, slice_at(l.window_ms, moment), fresh.requests, fresh.tokens
                FROM unnest(taken_of, taken_requests, taken_tokens) AS fresh (id, requests, tokens)
               CROSS JOIN LATERAL (SELECT * FROM rate_limits WHERE rate_limits.id = fresh.id LIMIT 1) AS l
            ) AS counted
           GROUP BY counted.id, counted.slice
        ) AS summed
       GROUP BY summed.id
    ) AS kept
   WHERE r.id = kept.id
$$;

-- ------------------------------------------------------------------------------------------------------ admission

CREATE TYPE rate_request AS (place integer, tenant_id integer, key_id integer, provider text, model text, tokens integer);

-- `limits` cover the request; `refused_for_ms` until they would have room, null where they have. `state` tells of each.
CREATE TYPE rate_answer AS (place integer, limits integer[], refused_for_ms bigint, refused_by text, state jsonb);

-- Judges requests by the limits of their own keys and tenants, one after the other; counts nothing yet. Null where none
-- applies to any of them.
CREATE FUNCTION judge_rates(requests rate_request[], moment timestamptz) RETURNS rate_answer[]
LANGUAGE plpgsql AS $$
DECLARE
  wanted integer[];
  free_requests bigint[];
  free_tokens bigint[];
  answers rate_answer[] := '{}';
  request record;
  slot integer;
  l rate_limits;
  outside bigint;
  leaves bigint;
  wait_ms bigint;
  refusing text;
  state jsonb;
  weight bigint;
BEGIN
  IF (SELECT true FROM rate_limits WHERE removed_at IS NULL AND (tenant_id, key_id) > (0, 0) LIMIT 1) IS NULL THEN RETURN NULL; END IF;
  SELECT array_agg(id ORDER BY id) INTO wanted FROM (
    SELECT DISTINCT limiting.id FROM unnest(requests) r
     CROSS JOIN LATERAL (
       SELECT r_limit.id FROM rate_limits r_limit
        WHERE r_limit.removed_at IS NULL AND r_limit.tenant_id = ANY (ARRAY[0, r.tenant_id])
          AND r_limit.key_id = ANY (ARRAY[0, r.key_id]) AND (r_limit.tenant_id, r_limit.key_id) > (0, 0)
          AND r_limit.model = ANY (ARRAY['', r.model])
          AND r_limit.provider_id = ANY (ARRAY[0, (SELECT p.id FROM providers p WHERE p.name = r.provider)])
     ) AS limiting) AS found;
  IF wanted IS NULL THEN RETURN NULL; END IF;
  PERFORM hold_rates(wanted, moment);
  SELECT array_agg(r.max_requests - sum_within(r.slices, r.requests, last_outside(r.window_ms, moment)) ORDER BY r.id),
         array_agg(r.max_tokens - sum_within(r.slices, r.tokens, last_outside(r.window_ms, moment)) ORDER BY r.id)
    INTO free_requests, free_tokens FROM rate_limits r WHERE r.id = ANY (wanted);

  FOR request IN
    SELECT r.place, r.tokens, (
             SELECT array_agg(array_position(wanted, covering.id)) FROM rate_limits covering
              WHERE covering.id = ANY (wanted) AND covering.tenant_id IN (0, r.tenant_id)
                AND covering.key_id IN (0, r.key_id) AND covering.model IN ('', r.model)
                AND covering.provider_id IN (0, (SELECT p.id FROM providers p WHERE p.name = r.provider))) AS slots
      FROM unnest(requests) r ORDER BY r.place
  LOOP
    CONTINUE WHEN request.slots IS NULL;
    wait_ms := NULL;
    refusing := NULL;
    state := '[]';
    FOREACH slot IN ARRAY request.slots LOOP
      SELECT * INTO l FROM rate_limits WHERE id = wanted[slot];
      outside := last_outside(l.window_ms, moment);
      weight := least(request.tokens, l.max_tokens);
      IF free_requests[slot] < 1 OR free_tokens[slot] < weight THEN
        -- What this group took already stands in no slice yet; it leaves a whole window from now.
        leaves := greatest(
          CASE WHEN free_requests[slot] < 1 THEN slice_to_leave(l.slices, l.requests, outside, l.max_requests - 1) END,
          CASE WHEN free_tokens[slot] < weight THEN slice_to_leave(l.slices, l.tokens, outside, l.max_tokens - weight) END);
        leaves := coalesce(leaves, slice_at(l.window_ms, moment)) - outside;
        IF wait_ms IS NULL OR leaves > wait_ms THEN
          wait_ms := leaves;
          refusing := l.detail;
        END IF;
      END IF;
    END LOOP;
    FOREACH slot IN ARRAY request.slots LOOP
      SELECT * INTO l FROM rate_limits WHERE id = wanted[slot];
      IF wait_ms IS NULL THEN
        free_requests[slot] := free_requests[slot] - 1;
        free_tokens[slot] := free_tokens[slot] - least(request.tokens, l.max_tokens);
      END IF;
      outside := last_outside(l.window_ms, moment);
      state := state || jsonb_build_object(
        'name', l.name, 'windowMs', l.window_ms, 'maxRequests', l.max_requests, 'leftRequests', free_requests[slot],
        'maxTokens', l.max_tokens, 'leftTokens', free_tokens[slot],
        'resetMs', coalesce((SELECT min(s) FROM unnest(l.slices) AS s WHERE s > outside), slice_at(l.window_ms, moment)) - outside);
    END LOOP;
    answers := answers || ROW(request.place, ARRAY(SELECT wanted[s] FROM unnest(request.slots) AS s), wait_ms, refusing, state)::rate_answer;
  END LOOP;
  RETURN answers;
END $$;

-- Counts requests that were let in, of limits that `judge_rates` holds.
CREATE FUNCTION keep_rates(answers rate_answer[], places integer[], jobs uuid[], request_tokens integer[], moment timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  ids integer[];
  counts bigint[];
  tokens bigint[];
BEGIN
  SELECT array_agg(summed.id), array_agg(summed.count), array_agg(summed.tokens) INTO ids, counts, tokens FROM (
    SELECT l.id, count(*) AS count, coalesce(sum(least(t.tokens, l.max_tokens)), 0)::bigint AS tokens
      FROM unnest(places, request_tokens) AS t (place, tokens)
      JOIN unnest(answers) a ON a.place = t.place
     CROSS JOIN LATERAL unnest(a.limits) AS covering (id)
      JOIN rate_limits l ON l.id = covering.id
     GROUP BY l.id) AS summed;
  IF ids IS NULL THEN RETURN; END IF;
  PERFORM count_rates(ids, counts, tokens, moment);
  INSERT INTO token_holds (job_id, attempt, limit_id, slice, tokens)
  SELECT t.job_id, 1, l.id, slice_at(l.window_ms, moment), least(t.tokens, l.max_tokens)
    FROM unnest(places, jobs, request_tokens) AS t (place, job_id, tokens)
    JOIN unnest(answers) a ON a.place = t.place
   CROSS JOIN LATERAL unnest(a.limits) AS covering (id)
    JOIN rate_limits l ON l.id = covering.id AND l.max_tokens IS NOT NULL
  ON CONFLICT DO NOTHING;
END $$;

-- ------------------------------------------------------------------------------------------- claim and settlement

-- Counts what a claim took of limits that `look_at_traffic` holds.
CREATE FUNCTION count_claimed(limits integer[], claimed uuid[], moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  ids integer[];
  counts bigint[];
  tokens bigint[];
BEGIN
  SELECT array_agg(summed.id), array_agg(summed.count), array_agg(summed.tokens) INTO ids, counts, tokens FROM (
    SELECT l.id, count(*) AS count, coalesce(sum(least(job.tokens, l.max_tokens)), 0)::bigint AS tokens
      FROM rate_limits l
      JOIN (SELECT live.tokens, (SELECT lane.model FROM lanes lane WHERE lane.id = live.lane_id) AS model
              FROM live_jobs live WHERE live.job_id = ANY (claimed)) AS job ON l.model IN ('', job.model)
     WHERE l.id = ANY (limits)
     GROUP BY l.id) AS summed;
  IF ids IS NULL THEN RETURN; END IF;
  PERFORM count_rates(ids, counts, tokens, moment);
  INSERT INTO token_holds (job_id, attempt, limit_id, slice, tokens)
  SELECT job.job_id, job.attempt, l.id, slice_at(l.window_ms, moment), least(job.tokens, l.max_tokens)
    FROM rate_limits l
    JOIN (SELECT live.job_id, live.attempt, live.tokens,
                 (SELECT lane.model FROM lanes lane WHERE lane.id = live.lane_id) AS model
            FROM live_jobs live WHERE live.job_id = ANY (claimed)) AS job ON l.model IN ('', job.model)
   WHERE l.id = ANY (limits) AND l.max_tokens IS NOT NULL
  ON CONFLICT DO NOTHING;
END $$;

-- Appends what attempts used other than they were counted for. A null leaves it as it was counted.
CREATE FUNCTION correct_tokens(jobs uuid[], attempts integer[], used bigint[]) RETURNS void LANGUAGE sql AS $$
  WITH released AS (
    DELETE FROM token_holds h USING unnest(jobs, attempts, used) AS settled (job_id, attempt, used)
     WHERE h.job_id = settled.job_id AND h.attempt = settled.attempt
    RETURNING h.limit_id, h.slice, settled.used - h.tokens AS tokens
  )
  INSERT INTO rate_deltas (limit_id, slice, tokens)
  SELECT r.limit_id, r.slice, r.tokens FROM released r WHERE r.tokens <> 0
$$;

-- Counts calls anew at the time at which they leave, where a busy worker sends them later than its claim counted them:
-- what the vendor sees must keep to its window. `stamped_ms` is when it is counted now; null where what it was counted for
-- has left the window meanwhile and there is no room: it must not be sent.
CREATE FUNCTION restamp_calls(calls json) RETURNS TABLE (place integer, stamped_ms bigint)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  wanted integer[];
  call record;
  moment timestamptz;
  full_up boolean;
BEGIN
  SELECT array_agg(DISTINCT r.id) INTO wanted
    FROM json_to_recordset(calls) AS c (job_id uuid)
   CROSS JOIN LATERAL (SELECT l.lane_id FROM live_jobs l WHERE l.job_id = c.job_id LIMIT 1) AS live
   CROSS JOIN LATERAL claim_limits_of(live.lane_id) AS r;
  PERFORM hold_rates(wanted, clock_timestamp());
  moment := clock_timestamp();
  FOR call IN
    SELECT c.place, c.job_id, c.attempt, to_timestamp(c.stamped_ms / 1000.0) AS counted_at, live.tokens, ARRAY(
             SELECT r.id FROM claim_limits_of(live.lane_id) AS r WHERE r.id = ANY (wanted) ORDER BY r.id) AS limits
      FROM json_to_recordset(calls) AS c (place integer, job_id uuid, attempt integer, stamped_ms bigint)
     CROSS JOIN LATERAL (SELECT l.lane_id, l.tokens FROM live_jobs l WHERE l.job_id = c.job_id LIMIT 1) AS live
     ORDER BY c.place
  LOOP
    place := call.place;
    SELECT coalesce(bool_or(
             slice_at(r.window_ms, call.counted_at) <= last_outside(r.window_ms, moment)
             AND (sum_within(r.slices, r.requests, last_outside(r.window_ms, moment)) >= r.max_requests
                  OR sum_within(r.slices, r.tokens, last_outside(r.window_ms, moment)) >= r.max_tokens)), false)
      INTO full_up FROM rate_limits r WHERE r.id = ANY (call.limits);
    IF full_up THEN
      stamped_ms := NULL;
    ELSE
      UPDATE rate_limits r
         SET requests = ARRAY(
               SELECT CASE WHEN t.slice = slice_at(r.window_ms, call.counted_at) THEN greatest(t.count - 1, 0) ELSE t.count END
                 FROM unnest(r.slices, r.requests) WITH ORDINALITY AS t (slice, count, n) ORDER BY t.n),
             tokens = ARRAY(
               SELECT CASE WHEN t.slice = slice_at(r.window_ms, call.counted_at)
                           THEN greatest(t.count - least(call.tokens, coalesce(r.max_tokens, 0)), 0) ELSE t.count END
                 FROM unnest(r.slices, r.tokens) WITH ORDINALITY AS t (slice, count, n) ORDER BY t.n)
       WHERE r.id = ANY (call.limits);
      PERFORM count_rates(
        call.limits, array_fill(1::bigint, ARRAY[cardinality(call.limits)]),
        ARRAY(SELECT least(call.tokens, coalesce(r.max_tokens, 0)) FROM rate_limits r
               WHERE r.id = ANY (call.limits) ORDER BY r.id), moment);
      UPDATE token_holds h SET slice = slice_at((SELECT r.window_ms FROM rate_limits r WHERE r.id = h.limit_id), moment)
       WHERE h.job_id = call.job_id AND h.attempt = call.attempt AND h.limit_id = ANY (call.limits);
      stamped_ms := milliseconds_of(moment);
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;

-- The limits by which claims of a lane are judged.
CREATE FUNCTION claim_limits_of(of_lane integer) RETURNS SETOF rate_limits LANGUAGE sql STABLE AS $$
  SELECT r.* FROM lanes lane, rate_limits r
   WHERE lane.id = of_lane AND r.tenant_id = 0 AND r.key_id = 0 AND r.removed_at IS NULL
     AND r.provider_id = ANY (ARRAY[0, lane.provider_id]) AND r.model = ANY (ARRAY['', lane.model])
$$;
