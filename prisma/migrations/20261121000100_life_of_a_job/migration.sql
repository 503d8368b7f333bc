-- The life of a job in SQL. Every function takes a group of rows, goes through them in the order of their ids,
-- and answers a verdict for each, so that groups of different processes never wait for each other in a circle.
-- Locks are taken in one order everywhere: idempotency keys, provider, worker, live_jobs by job_id, budgets' windows by
-- id, lanes by id; lanes come last and once.
-- Time is the database's.
--
-- A session keeps the plans of these statements for as long as it lives. One that was made while a table was empty would
-- read through all of it once it is full, so the functions that are called from outside plan for what they are: lookups
-- by index (`enable_seqscan`), whatever the arrays hold (`plan_cache_mode`, which also spares planning them each time).
-- For the same reason rows are looked up by `= ANY (array)` and by scalar subqueries, never by a join or an EXISTS that
-- might be hashed.

-- ---------------------------------------------------------------------------------------------------- partitions

-- Makes the partitions of today and the days ahead. A day that already has rows in the default partition stays there.
-- Making one locks out all who read and write; behind a long report it would have to wait, and all of them behind it. So
-- it gives up soon, and is made by a later call: they are made days ahead.
CREATE FUNCTION ensure_partitions(days_ahead integer) RETURNS void LANGUAGE plpgsql SET lock_timeout = '500ms' AS $$
DECLARE
  parent text;
  day date;
BEGIN
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('switchyard.partitions'));
  EXCEPTION WHEN lock_not_available THEN
    RETURN;
  END;
  FOREACH parent IN ARRAY ARRAY['job_payloads', 'job_results'] LOOP
    FOR day IN SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date + n FROM generate_series(0, days_ahead) AS n LOOP
      CONTINUE WHEN to_regclass(format('%I', parent || to_char(day, '_YYYYMMDD'))) IS NOT NULL;
      BEGIN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                       parent || to_char(day, '_YYYYMMDD'), parent, day, day + 1);
      EXCEPTION
        WHEN check_violation THEN NULL;
        WHEN lock_not_available THEN RETURN;
      END;
    END LOOP;
  END LOOP;
END $$;

-- ------------------------------------------------------------------------------------------------------- ledger

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append only';
END $$;
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- ----------------------------------------------------------------------------------------------- names and prices

CREATE FUNCTION provider_id_of(provider text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  found_id integer;
BEGIN
  SELECT id INTO found_id FROM providers WHERE name = provider;
  IF found_id IS NULL THEN
    INSERT INTO providers (name) VALUES (provider) ON CONFLICT (name) DO NOTHING;
    SELECT id INTO found_id FROM providers WHERE name = provider;
  END IF;
  RETURN found_id;
END $$;

CREATE FUNCTION lane_id_of(provider text, lane_model text, tenant integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  found_id integer;
  owner integer;
BEGIN
  SELECT l.id INTO found_id FROM lanes l JOIN providers p ON p.id = l.provider_id
   WHERE p.name = provider AND l.model = lane_model AND l.tenant_id = tenant;
  IF found_id IS NULL THEN
    owner := provider_id_of(provider);
    INSERT INTO lanes (provider_id, model, tenant_id) VALUES (owner, lane_model, tenant)
      ON CONFLICT (provider_id, model, tenant_id) DO NOTHING;
    SELECT id INTO found_id FROM lanes WHERE provider_id = owner AND model = lane_model AND tenant_id = tenant;
  END IF;
  RETURN found_id;
END $$;

CREATE FUNCTION price_id_of(priced_model text, price_digest text, body jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  found_id integer;
BEGIN
  SELECT id INTO found_id FROM price_versions WHERE model = priced_model AND digest = price_digest;
  IF found_id IS NULL THEN
    INSERT INTO price_versions (model, digest, price) VALUES (priced_model, price_digest, body)
      ON CONFLICT (model, digest) DO NOTHING;
    SELECT id INTO found_id FROM price_versions WHERE model = priced_model AND digest = price_digest;
  END IF;
  RETURN found_id;
END $$;

-- -------------------------------------------------------------------------------------------------------- lanes

-- Microseconds at which a job takes its turn in its lane: each step of priority stands for a minute of waiting.
CREATE FUNCTION lane_rank(ready timestamptz, job_priority smallint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT (extract(epoch FROM ready) * 1000000)::bigint + job_priority * 60000000::bigint
$$;

-- Marks lanes as waiting that jobs have been put into; called last before the commit. The shared key lock holds off
-- `close_lanes`, which takes the exclusive one, until this transaction's jobs can be seen.
CREATE FUNCTION open_lanes(wanted integer[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lane integer;
BEGIN
  PERFORM 1 FROM lanes WHERE id = ANY (wanted) ORDER BY id FOR KEY SHARE;
  FOR lane IN SELECT id FROM lanes WHERE id = ANY (wanted) AND NOT waiting ORDER BY id FOR NO KEY UPDATE LOOP
    UPDATE lanes SET waiting = true WHERE id = lane;
  END LOOP;
END $$;

-- Marks lanes as empty where nobody is putting a job into them and none is in them. Only those that look empty are
-- locked, because the lock keeps admissions waiting; under it they are looked at again.
CREATE FUNCTION close_lanes(emptied integer[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  locked integer[];
BEGIN
  SELECT array_agg(id) INTO locked FROM (
    SELECT lane.id FROM lanes lane
     WHERE lane.id = ANY (emptied) AND lane.waiting
       AND (SELECT true FROM live_jobs WHERE lane_id = lane.id AND worker_id IS NULL AND NOT parked LIMIT 1) IS NULL
     ORDER BY lane.id FOR UPDATE SKIP LOCKED
  ) AS held;
  IF locked IS NULL THEN RETURN; END IF;
  UPDATE lanes SET waiting = false
   WHERE id = ANY (locked)
     AND (SELECT true FROM live_jobs WHERE lane_id = lanes.id AND worker_id IS NULL AND NOT parked LIMIT 1) IS NULL;
END $$;

-- ---------------------------------------------------------------------------------------------------- admission

CREATE TYPE admission AS (
  id uuid,
  tenant_id integer,
  key_id integer,
  type job_type,
  provider text,
  model text,
  model_version text,
  price_id integer,
  reserve_nano bigint,
  priority smallint,
  delay_ms bigint,
  expires_ms bigint,
  timeout_ms integer,
  retry_of uuid,
  client_data jsonb,
  plan jsonb,
  payload text,
  -- in the group, for the verdict to name
  place integer,
  -- all three, or none
  idempotency_key text,
  route text,
  digest text,
  -- the reservation is a rough bound: where it has no room, the job is not refused but counted and sent again
  may_recount boolean,
  -- what an attempt counts for in limits of tokens
  tokens integer,
  -- all three, or none: what an experiment assigned, and to whom
  experiment text,
  arm text,
  unit bigint
);

-- How long an idempotency key answers for its job.
CREATE FUNCTION idempotency_lifetime() RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT interval '24 hours' $$;

-- What a key stands for, if it is not too old; looked up by the key alone.
CREATE FUNCTION find_replay(of_tenant integer, of_route text, of_key text, of_digest bytea)
RETURNS TABLE (job_id uuid, same boolean) LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  found_key idempotency_keys%ROWTYPE;
BEGIN
  SELECT * INTO found_key FROM idempotency_keys k WHERE k.tenant_id = of_tenant AND k.route = of_route AND k.key = of_key;
  IF found_key.created_at > clock_timestamp() - idempotency_lifetime() THEN
    RETURN QUERY SELECT found_key.job_id, found_key.digest = of_digest;
  END IF;
END $$;

-- Deletes keys whose time is over; answers how many.
CREATE FUNCTION forget_keys(at_most integer) RETURNS integer
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  oldest timestamptz := clock_timestamp() - idempotency_lifetime();
  forgotten integer;
BEGIN
  DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
    SELECT k.ctid FROM idempotency_keys k WHERE k.created_at <= oldest
     ORDER BY k.created_at LIMIT at_most FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;

-- Takes the idempotency keys of a group, in the order of the keys: a key that another transaction is taking is waited
-- for, and nobody waits in a circle. Answers the rows that may go on: those without a key, and the first of each key
-- that nobody has.
CREATE FUNCTION take_keys(batch admission[], moment timestamptz) RETURNS admission[] LANGUAGE plpgsql AS $$
DECLARE
  takers uuid[];
BEGIN
  WITH taken AS (
    INSERT INTO idempotency_keys AS k (tenant_id, route, key, digest, job_id, created_at)
    SELECT DISTINCT ON (a.tenant_id, a.route, a.idempotency_key)
           a.tenant_id, a.route, a.idempotency_key, decode(a.digest, 'hex'), a.id, moment
      FROM unnest(batch) a WHERE a.idempotency_key IS NOT NULL
     ORDER BY a.tenant_id, a.route, a.idempotency_key, a.id
    ON CONFLICT (tenant_id, route, key) DO UPDATE
       SET digest = excluded.digest, job_id = excluded.job_id, created_at = excluded.created_at
     WHERE k.created_at <= moment - idempotency_lifetime() OR k.job_id = excluded.job_id
    RETURNING k.job_id
  ) SELECT array_agg(taken.job_id) INTO takers FROM taken;
  RETURN (SELECT array_agg(a ORDER BY a.id) FROM unnest(batch) a
           WHERE a.idempotency_key IS NULL OR a.id = ANY (takers));
END $$;

-- Admits a group: key, job, first attempt with its reservation, and payload, or nothing. A verdict for each row:
--   admitted   the job is in, now or by an earlier try with the same id; where a budget makes it wait, without an attempt
--   replayed   its idempotency key stands for `job_id`, with the same body
--   reused     its idempotency key stands for another body
--   limited    the limit of its key or tenant has no room for it, as `refusal` tells
--   refused    a budget has no room for it, as `refusal` tells
--   recount    as refused, but the reservation may be made smaller
--   again      a twin in the group held its key and was not admitted: to be sent again
-- `rates` tells of the limits of its key and tenant, where there are any.
CREATE FUNCTION admit_jobs(group_rows json)
RETURNS TABLE (place integer, verdict text, job_id uuid, created_at timestamptz, refusal jsonb, rates jsonb)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  batch admission[];
  going admission[];
  rated rate_answer[];
  answers reservation[];
  let_in uuid[];
  fresh_jobs integer;
  opened integer[];
  has_keys boolean;
  moment timestamptz := clock_timestamp();
  today date := (moment AT TIME ZONE 'UTC')::date;
BEGIN
  SELECT array_agg(r ORDER BY r.id), bool_or(r.idempotency_key IS NOT NULL) INTO batch, has_keys FROM (
    SELECT DISTINCT ON (r.id) r.* FROM json_populate_recordset(NULL::admission, group_rows) r ORDER BY r.id
  ) AS r;
  going := CASE WHEN has_keys THEN take_keys(batch, moment) ELSE batch END;
  rated := judge_rates((
    SELECT array_agg(ROW(a.place, a.tenant_id, a.key_id, a.provider, a.model, coalesce(a.tokens, 0))::rate_request)
      FROM unnest(going) a), moment);
  answers := reserve_budgets((
    SELECT array_agg(ROW(a.place, a.tenant_id, a.key_id, a.model, a.reserve_nano, a.may_recount)::budget_request)
      FROM unnest(going) a
     WHERE rated IS NULL OR (SELECT r.refused_for_ms FROM unnest(rated) r WHERE r.place = a.place) IS NULL));

  -- In one order, because two groups may make the same lanes.
  PERFORM lane_id_of(place.provider, place.model, place.tenant_id) FROM (
    SELECT DISTINCT a.provider, a.model, a.tenant_id FROM unnest(going) a ORDER BY a.provider, a.model, a.tenant_id
  ) AS place;
  PERFORM arm_id_of(given.experiment, given.arm) FROM (
    SELECT DISTINCT a.experiment, a.arm FROM unnest(going) a WHERE a.experiment IS NOT NULL ORDER BY a.experiment, a.arm
  ) AS given;

  WITH wanted AS MATERIALIZED (
    SELECT a.*, coalesce(r.verdict, 'fits') = 'fits' AS reserved, coalesce(r.windows, '{}') AS windows, r.refused_by,
           (SELECT l.id FROM lanes l
             WHERE l.provider_id = (SELECT p.id FROM providers p WHERE p.name = a.provider)
               AND l.model = a.model AND l.tenant_id = a.tenant_id) AS lane_id
      FROM unnest(going) a LEFT JOIN unnest(answers) r ON r.place = a.place
     WHERE (r.verdict IS NULL OR r.verdict = 'fits' OR r.verdict = 'wait' AND a.may_recount IS NOT TRUE)
       AND (rated IS NULL OR (SELECT l.refused_for_ms FROM unnest(rated) l WHERE l.place = a.place) IS NULL)
  ), admitted AS (
    INSERT INTO jobs AS j (id, tenant_id, key_id, type, lane_id, model_version, priority, created_at, payload_day,
                           estimated_nano, retry_of)
    SELECT w.id, w.tenant_id, w.key_id, w.type, w.lane_id, w.model_version, w.priority, moment, today, w.reserve_nano,
           w.retry_of
      FROM wanted w ORDER BY w.id
    ON CONFLICT ON CONSTRAINT jobs_pkey DO NOTHING
    RETURNING j.id
  ), fresh AS MATERIALIZED (
    SELECT w.* FROM wanted w WHERE w.id IN (SELECT a.id FROM admitted a)
  ), live AS (
    INSERT INTO live_jobs (job_id, tenant_id, key_id, provider_id, lane_id, type, model_version, price_id, reserve_nano,
                           tokens, payload_day, created_at, priority, rank, parked, ready_at, expires_at, timeout_ms, attempt,
                           last_target, waits_for_window, exposed)
    SELECT f.id, f.tenant_id, f.key_id, (SELECT l.provider_id FROM lanes l WHERE l.id = f.lane_id), f.lane_id, f.type,
           f.model_version, f.price_id, f.reserve_nano, coalesce(f.tokens, 0), today, moment, f.priority,
           lane_rank(moment + f.delay_ms * interval '1 ms', f.priority), f.delay_ms > 0 OR NOT f.reserved,
           moment + f.delay_ms * interval '1 ms', moment + (f.delay_ms + f.expires_ms) * interval '1 ms', f.timeout_ms,
           f.reserved::integer, jsonb_array_length(f.plan -> 'targets') - 1, CASE WHEN NOT f.reserved THEN f.refused_by END,
           f.experiment IS NOT NULL
      FROM fresh f
  ), tries AS (
    INSERT INTO attempts (job_id, number, state, lane_id, price_id, model_version, windows, reserved_nano)
    SELECT f.id, 1, 'reserved', f.lane_id, f.price_id, f.model_version, f.windows, f.reserve_nano FROM fresh f
     WHERE f.reserved
  ), payloads AS (
    INSERT INTO job_payloads (day, job_id, client_data, plan, payload)
    SELECT today, f.id, f.client_data, f.plan, f.payload FROM fresh f
  ), postings AS (
    INSERT INTO ledger_entries (at, kind, amount_nano, job_id, attempt, lane_id, key_id, price_id)
    SELECT moment, 'reserve', f.reserve_nano, f.id, 1, f.lane_id, f.key_id, f.price_id FROM fresh f WHERE f.reserved
  ), given AS (
    INSERT INTO exposures (job_id, arm_id, unit)
    SELECT f.id, (SELECT e.id FROM experiment_arms e WHERE e.experiment = f.experiment AND e.arm = f.arm), f.unit FROM fresh f
     WHERE f.experiment IS NOT NULL
  ), given_back AS (
    -- An earlier try had reserved for these.
    INSERT INTO budget_deltas (window_id, spent_nano, reserved_nano, overrun_nano)
    SELECT held.window_id, 0, -w.reserve_nano, 0
      FROM wanted w CROSS JOIN LATERAL unnest(w.windows) AS held (window_id)
     WHERE w.reserved AND w.id NOT IN (SELECT a.id FROM admitted a)
  ) SELECT (SELECT array_agg(w.id) FROM wanted w), (SELECT count(*) FROM admitted),
           (SELECT array_agg(DISTINCT f.lane_id) FROM fresh f WHERE f.delay_ms = 0 AND f.reserved)
      INTO let_in, fresh_jobs, opened;
  IF rated IS NOT NULL THEN
    PERFORM keep_rates(rated, array_agg(a.place), array_agg(a.id), array_agg(coalesce(a.tokens, 0)), moment)
       FROM unnest(going) a WHERE a.id = ANY (let_in);
  END IF;
  -- What an earlier try had let in stays so, whatever was said of this one.
  IF coalesce(cardinality(let_in), 0) < cardinality(going) THEN
    let_in := let_in || ARRAY(
      SELECT a.id FROM unnest(going) a
       WHERE a.id <> ALL (coalesce(let_in, '{}')) AND (SELECT true FROM jobs j WHERE j.id = a.id));
  END IF;
  IF has_keys THEN PERFORM give_keys_back(going, let_in); END IF;
  PERFORM open_lanes(opened);

  RETURN QUERY
    SELECT a.place, outcome.verdict, coalesce(k.job_id, a.id),
           CASE WHEN outcome.verdict = 'admitted' THEN CASE
             WHEN fresh_jobs = cardinality(let_in) THEN moment
             ELSE (SELECT j.created_at FROM jobs j WHERE j.id = a.id) END
           END,
           CASE WHEN outcome.verdict = 'limited' THEN jsonb_build_object('limit', l.refused_by, 'waitMs', l.refused_for_ms)
                WHEN outcome.verdict <> 'admitted' OR r.verdict = 'wait' THEN r.refusal END,
           l.state
      FROM unnest(batch) a
      LEFT JOIN unnest(answers) r ON r.place = a.place
      LEFT JOIN unnest(rated) l ON l.place = a.place
      LEFT JOIN LATERAL (
        SELECT k.job_id, k.digest FROM idempotency_keys k
         WHERE has_keys AND k.tenant_id = a.tenant_id AND k.route = a.route AND k.key = a.idempotency_key LIMIT 1
      ) k ON true
     CROSS JOIN LATERAL (
       SELECT CASE
         WHEN a.id = ANY (let_in) THEN 'admitted'
         WHEN l.refused_for_ms IS NOT NULL THEN 'limited'
         WHEN r.place IS NOT NULL THEN CASE WHEN a.may_recount THEN 'recount' ELSE 'refused' END
         WHEN k.digest IS NULL THEN 'again'
         WHEN k.digest = decode(a.digest, 'hex') THEN 'replayed'
         ELSE 'reused' END AS verdict
     ) outcome;
END $$;

-- A refusal is not kept: the same key may be tried again.
CREATE FUNCTION give_keys_back(going admission[], let_in uuid[]) RETURNS void LANGUAGE sql AS $$
  DELETE FROM idempotency_keys k
   USING unnest(going) a
   WHERE k.tenant_id = a.tenant_id AND k.route = a.route AND k.key = a.idempotency_key AND k.job_id = a.id
     AND a.id <> ALL (coalesce(let_in, '{}'))
$$;

-- -------------------------------------------------------------------------------------------------------- claim

-- Puts jobs whose delay or backoff is over into their lanes, and answers these: the caller opens them at its end.
CREATE FUNCTION unpark_jobs(wanted_provider integer, moment timestamptz) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
  due uuid[];
  entered integer[];
BEGIN
  SELECT array_agg(job_id) INTO due FROM (
    SELECT job_id FROM live_jobs
     WHERE provider_id = wanted_provider AND worker_id IS NULL AND parked AND waits_for_window IS NULL
       AND ready_at <= moment
     ORDER BY ready_at LIMIT 500
  ) AS ready;
  PERFORM 1 FROM live_jobs WHERE job_id = ANY (due) ORDER BY job_id FOR NO KEY UPDATE;
  WITH unparked AS (
    UPDATE live_jobs SET parked = false WHERE job_id = ANY (due) AND worker_id IS NULL AND waits_for_window IS NULL
    RETURNING lane_id
  ) SELECT array_agg(DISTINCT lane_id) INTO entered FROM unparked;
  RETURN coalesce(entered, '{}');
END $$;

-- Gives a worker up to `slots` jobs of one provider, never more than `concurrency` at once over all its workers.
-- Order: start-time fair queueing (Goyal, Vin, Cheng 1996) over flows, a tenant's lanes at the provider together; inside a
-- flow by rank. Each claim raises the job's epoch, opens its attempt, and records the call that the worker is about to send.
-- The row of the provider is the lock: claims of one provider go one after the other.
-- A job whose next attempt no budget has room for is not claimed: `ended` where the budget blocks, else `waiting`.
-- Where a limit counts a job, its call leaves within `leave_within_ms`, or is counted anew (`restamp_calls`).
-- `later`: slots are left because of gates or limits, and it pays to ask again in `remaining_ms`.
CREATE FUNCTION claim_jobs(claiming_worker integer, wanted_provider text, slots integer, concurrency integer)
RETURNS TABLE (
  verdict text, job_id uuid, epoch integer, attempt smallint, type job_type, tenant_id integer, model text, model_version text,
  price jsonb, reserved_nano bigint, remaining_ms integer, tries smallint, waits smallint, crashes smallint, target smallint,
  moves jsonb, mend jsonb, plan jsonb, payload text, leave_within_ms integer, stamped_ms bigint
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  provider integer;
  unparkable boolean;
  claimable boolean;
  moment timestamptz;
  now_served double precision;
  free integer;
  room integer;
  entered integer[] := '{}';
  traffic record;
  candidates integer[];
  tags double precision[];
  horizon double precision;
  passed integer[] := '{}';
  round_jobs uuid[];
  round_tenants integer[];
  round_tags double precision[];
  used_tenants integer[] := '{}';
  used_tags double precision[] := '{}';
  taken uuid[];
  claimed uuid[] := '{}';
  refused uuid[] := '{}';
  days date[] := '{}';
  emptied integer[];
  of_day date;
  worker record;
  stands_aside boolean;
  suspect uuid;
  suspect_lane integer;
  suspect_rank bigint;
BEGIN
  -- Idle workers ask every second; they are told so without a lock. What comes in after this look wakes them again.
  moment := clock_timestamp();
  SELECT p.id,
         (SELECT true FROM lanes WHERE provider_id = p.id AND waiting LIMIT 1),
         (SELECT true FROM live_jobs l
           WHERE l.provider_id = p.id AND l.worker_id IS NULL AND l.parked AND l.waits_for_window IS NULL
             AND l.ready_at <= moment LIMIT 1)
    INTO provider, claimable, unparkable FROM providers p WHERE p.name = wanted_provider;
  IF claimable IS NULL AND unparkable IS NULL THEN RETURN; END IF;

  SELECT virtual_time INTO now_served FROM providers WHERE id = provider FOR NO KEY UPDATE;
  -- The lock holds off recover_jobs and retire_worker, which would else pass over what this claim takes.
  SELECT * INTO worker FROM lock_worker(claiming_worker);
  IF NOT worker.alive THEN RETURN; END IF;
  moment := clock_timestamp();
  IF unparkable THEN entered := unpark_jobs(provider, moment); END IF;
  free := least(slots, concurrency - (
    SELECT count(*) FROM live_jobs l WHERE l.provider_id = provider AND l.worker_id IS NOT NULL));
  SELECT * INTO traffic FROM look_at_traffic(provider, entered, moment);
  IF worker.careful THEN
    SELECT n.* INTO stands_aside, suspect, suspect_lane, suspect_rank FROM next_suspect(claiming_worker, provider, moment) n;
    IF stands_aside THEN free := 0; END IF;
    -- One that may not go holds up nobody.
    IF suspect_lane = ANY (traffic.shut) THEN suspect := NULL; END IF;
    IF suspect IS NULL THEN suspect_rank := NULL; ELSE free := least(free, 1); END IF;
  END IF;
  room := least(free, traffic.all_jobs);

  WHILE room > 0 LOOP
    SELECT array_agg(open.tenant_id), array_agg(open.tag), max(open.tag) INTO candidates, tags, horizon FROM (
      SELECT present.tenant_id, turn.tag FROM (
        SELECT lane.tenant_id FROM lanes lane
         WHERE lane.provider_id = provider AND lane.waiting AND lane.id <> ALL (traffic.shut)
           AND (suspect IS NULL OR lane.id = suspect_lane)
        UNION
        SELECT lane.tenant_id FROM lanes lane
         WHERE lane.id = ANY (entered) AND lane.id <> ALL (traffic.shut) AND (suspect IS NULL OR lane.id = suspect_lane)
      ) AS present
      LEFT JOIN flows flow ON flow.provider_id = provider AND flow.tenant_id = present.tenant_id
     CROSS JOIN LATERAL (
       SELECT CASE WHEN flow.idle THEN greatest(flow.tag, now_served) ELSE coalesce(flow.tag, now_served) END AS tag
     ) AS turn
       -- More with each round, so that many empty flows do not take many rounds.
     WHERE present.tenant_id <> ALL (passed)
     ORDER BY turn.tag, flow.tag NULLS FIRST, present.tenant_id LIMIT room + cardinality(passed)
    ) AS open;
    EXIT WHEN candidates IS NULL;
    passed := passed || candidates;
    -- With a flow for each slot, no job is chosen whose start tag lies behind that of the last flow: this bounds how
    -- far each is read. Where some turn out to be empty, the others are read further.
    IF cardinality(candidates) < room THEN horizon := 'Infinity'; END IF;
    LOOP
      SELECT array_agg(picked.job_id), array_agg(picked.tenant_id), array_agg(picked.start)
        INTO round_jobs, round_tenants, round_tags
        FROM (
          SELECT able.*, sum(least(able.tokens, traffic.all_largest)) OVER (ORDER BY able.start, able.place, able.position) AS so_far
            FROM (
              SELECT waiting.job_id, waiting.tokens, waiting.position, flow.tenant_id, flow.place, cap.jobs AS most_jobs,
                     cap.tokens AS most_tokens, flow.tag + waiting.position / flow.weight AS start,
                     row_number() OVER of_model AS nth_of_model,
                     sum(least(waiting.tokens, cap.largest)) OVER of_model AS tokens_of_model
                FROM (SELECT turn.tenant_id, turn.tag, turn.place,
                             (SELECT weight FROM tenants WHERE id = turn.tenant_id) AS weight
                        FROM unnest(candidates, tags) WITH ORDINALITY AS turn (tenant_id, tag, place)) AS flow
               CROSS JOIN LATERAL (
                 SELECT next.job_id, next.tokens, next.model,
                        row_number() OVER (ORDER BY next.rank, next.job_id) - 1 AS position
                   FROM (SELECT lane.id, lane.model FROM lanes lane
                          WHERE lane.provider_id = provider AND lane.tenant_id = flow.tenant_id
                            AND (lane.waiting OR lane.id = ANY (entered)) AND lane.id <> ALL (traffic.shut)
                            AND (suspect IS NULL OR lane.id = suspect_lane)) AS lane
                  CROSS JOIN LATERAL (
                    SELECT l.job_id, l.tokens, l.rank, lane.model FROM live_jobs l
                     WHERE l.lane_id = lane.id AND l.worker_id IS NULL AND NOT l.parked
                       AND (l.started_at IS NOT NULL OR l.expires_at > moment)
                       AND (l.deadline_at IS NULL OR l.deadline_at > moment)
                       -- A suspect alone, or everybody but suspects; the ranks spare reading a lane for one job of it.
                       AND CASE WHEN suspect IS NULL THEN l.crashes < 2 ELSE l.job_id = suspect END
                       AND l.rank BETWEEN coalesce(suspect_rank, '-9223372036854775808')
                                      AND coalesce(suspect_rank, '9223372036854775807')
                     ORDER BY l.rank, l.job_id
                     LIMIT least(room, floor((horizon - flow.tag) * flow.weight) + 1)::integer
                  ) AS next
                  ORDER BY next.rank, next.job_id
                  LIMIT least(room, floor((horizon - flow.tag) * flow.weight) + 1)::integer
               ) AS waiting
                LEFT JOIN unnest(traffic.models, traffic.most_jobs, traffic.most_tokens, traffic.largest)
                  AS cap (model, jobs, tokens, largest) ON cap.model = waiting.model
              WINDOW of_model AS (PARTITION BY waiting.model ORDER BY flow.tag + waiting.position / flow.weight, flow.place,
                                  waiting.position)
            ) AS able
           WHERE (able.most_jobs IS NULL OR able.nth_of_model <= able.most_jobs)
             AND (able.most_tokens IS NULL OR able.tokens_of_model <= able.most_tokens)
           ORDER BY able.start, able.place, able.position LIMIT room
        ) AS picked
       WHERE traffic.all_tokens IS NULL OR picked.so_far <= traffic.all_tokens;
      EXIT WHEN horizon = 'Infinity' OR cardinality(round_jobs) = room;
      horizon := 'Infinity';
    END LOOP;
    CONTINUE WHEN round_jobs IS NULL;

    -- By the time from before they were chosen, one that was admitted since would have started before it was there.
    moment := clock_timestamp();
    WITH updated AS (
      UPDATE live_jobs l
         SET worker_id = claiming_worker, epoch = l.epoch + 1,
             started_at = coalesce(l.started_at, moment),
             deadline_at = coalesce(l.deadline_at, moment + l.timeout_ms * interval '1 ms')
       WHERE l.job_id = ANY (round_jobs) AND l.worker_id IS NULL
      RETURNING l.job_id, l.payload_day
    ) SELECT coalesce(array_agg(updated.job_id), '{}'), days || array_agg(DISTINCT updated.payload_day)
        INTO taken, days FROM updated;
    claimed := claimed || taken;
    free := free - cardinality(taken);
    room := room - cardinality(taken);
    used_tenants := used_tenants || round_tenants;
    used_tags := used_tags || round_tags;
    -- What a model or all of them may take was reckoned for one round.
    EXIT WHEN traffic.models IS NOT NULL OR traffic.all_tokens IS NOT NULL;
  END LOOP;
  IF claimed <> '{}' THEN
    IF traffic.probes IS NOT NULL THEN PERFORM mark_probes(provider, traffic.probes, claimed); END IF;
    FOR verdict, job_id IN SELECT r.verdict, r.job_id FROM open_attempts(claiming_worker, provider, claimed, moment) r LOOP
      refused := refused || job_id;
      RETURN NEXT;
    END LOOP;
    IF traffic.limits IS NOT NULL THEN
      PERFORM count_claimed(traffic.limits, ARRAY(SELECT unnest(claimed) EXCEPT SELECT unnest(refused)), moment);
    END IF;
  END IF;
  IF free > 0 AND (traffic.opens_at IS NOT NULL OR traffic.models IS NOT NULL AND claimed <> '{}') THEN
    verdict := 'later';
    job_id := NULL;
    remaining_ms := CASE WHEN claimed = '{}' OR traffic.models IS NULL
                         THEN greatest(ceil(extract(epoch FROM traffic.opens_at - clock_timestamp()) * 1000), 1) ELSE 0 END;
    RETURN NEXT;
  END IF;
  IF passed = '{}' AND entered = '{}' AND traffic.gated = '{}' THEN RETURN; END IF;

  IF entered <> '{}' THEN
    PERFORM 1 FROM lanes WHERE id = ANY (entered) ORDER BY id FOR NO KEY UPDATE;
    UPDATE lanes SET waiting = true
     WHERE id = ANY (entered) AND NOT waiting
       AND (SELECT true FROM live_jobs l WHERE l.lane_id = lanes.id AND l.worker_id IS NULL AND NOT l.parked LIMIT 1);
  END IF;
  SELECT array_agg(lane.id) INTO emptied FROM lanes lane
   WHERE lane.provider_id = provider AND lane.tenant_id = ANY (passed) AND lane.waiting AND lane.id <> ALL (traffic.shut)
     AND (SELECT true FROM live_jobs l WHERE l.lane_id = lane.id AND l.worker_id IS NULL AND NOT l.parked LIMIT 1) IS NULL;
  IF emptied IS NOT NULL THEN PERFORM close_lanes(emptied); END IF;
  PERFORM move_flows(
    provider,
    CASE WHEN traffic.gated = '{}' THEN passed
         ELSE passed || ARRAY(SELECT lane.tenant_id FROM lanes lane WHERE lane.id = ANY (traffic.gated)) END,
    used_tenants, used_tags, traffic.gated, now_served);
  IF claimed = '{}' THEN RETURN; END IF;

  UPDATE providers SET virtual_time = greatest(virtual_time, (SELECT max(tag) FROM unnest(used_tags) AS tag))
   WHERE id = provider;
  -- Day by day, so that each look touches one partition. A payload that is gone still gives the job to its worker, who
  -- fails it; left out, it would be claimed for ever.
  FOR of_day IN SELECT DISTINCT day FROM unnest(days) AS day LOOP
    RETURN QUERY
      SELECT 'claimed', l.job_id, l.epoch, l.attempt, l.type, l.tenant_id,
             (SELECT lane.model FROM lanes lane WHERE lane.id = l.lane_id), l.model_version,
             (SELECT version.price FROM price_versions version WHERE version.id = l.price_id), l.reserve_nano,
             (extract(epoch FROM l.deadline_at - moment) * 1000)::integer, l.tries, l.waits, l.crashes, l.target,
             CASE WHEN l.target > 0 THEN (SELECT j.moves FROM jobs j WHERE j.id = l.job_id) END, l.mend,
             stored.plan, coalesce(stored.payload, ''), traffic.leave_within_ms, milliseconds_of(moment)
        FROM live_jobs l
        LEFT JOIN LATERAL (
          SELECT p.plan, p.payload FROM job_payloads p WHERE p.day = of_day AND p.job_id = l.job_id LIMIT 1
        ) AS stored ON true
       WHERE l.job_id = ANY (claimed) AND l.job_id <> ALL (refused) AND l.payload_day = of_day;
  END LOOP;
END $$;

-- Opens the attempt of each claimed job: the reserved one of its admission, or the next with a reservation of its own.
-- Answers those that no budget has room for; they are not claimed any more.
CREATE FUNCTION open_attempts(claiming_worker integer, provider integer, claimed uuid[], moment timestamptz)
RETURNS TABLE (verdict text, job_id uuid) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  sent bigint[];
  started integer;
  fresh uuid[];
  answers reservation[];
  live live_jobs%ROWTYPE;
  answer reservation;
BEGIN
  -- Those that hold no reservation, in the order of their turns.
  SELECT array_agg(l.job_id ORDER BY l.rank, l.job_id) INTO fresh
    FROM live_jobs l WHERE l.job_id = ANY (claimed) AND (l.epoch > 1 OR l.attempt = 0);
  IF fresh IS NOT NULL THEN
    answers := reserve_budgets((
      SELECT array_agg(ROW(wanted.place, l.tenant_id, l.key_id, (SELECT lane.model FROM lanes lane WHERE lane.id = l.lane_id),
                           l.reserve_nano, false)::budget_request)
        FROM unnest(fresh) WITH ORDINALITY AS wanted (job_id, place)
       CROSS JOIN LATERAL (SELECT * FROM live_jobs live WHERE live.job_id = wanted.job_id LIMIT 1) l));
    FOREACH answer IN ARRAY coalesce(answers, '{}') LOOP
      CONTINUE WHEN answer.verdict = 'fits';
      job_id := fresh[answer.place];
      SELECT * INTO live FROM live_jobs l WHERE l.job_id = fresh[answer.place];
      verdict := refuse_claim(live, answer);
      claimed := array_remove(claimed, live.job_id);
      fresh[answer.place] := NULL;
      RETURN NEXT;
    END LOOP;
  END IF;

  WITH call AS (
    INSERT INTO calls (worker_id, provider_id, state, started_at)
    SELECT claiming_worker, provider, 'sent', moment FROM unnest(claimed) RETURNING id
  ) SELECT array_agg(call.id) INTO sent FROM call;
  IF fresh IS NULL OR cardinality(claimed) > cardinality(array_remove(fresh, NULL)) THEN
    UPDATE attempts a SET state = 'started', started_at = moment, epoch = 1, call_id = sent[array_position(claimed, a.job_id)]
     WHERE a.job_id = ANY (claimed) AND a.state = 'reserved';
  END IF;
  IF fresh IS NULL THEN RETURN; END IF;

  UPDATE live_jobs l SET attempt = l.attempt + 1 WHERE l.job_id = ANY (fresh);
  INSERT INTO attempts (job_id, number, state, lane_id, price_id, model_version, epoch, call_id, windows, reserved_nano,
                        started_at)
  SELECT l.job_id, l.attempt, 'started', l.lane_id, l.price_id, l.model_version, l.epoch,
         sent[array_position(claimed, l.job_id)],
         coalesce((SELECT a.windows FROM unnest(answers) a WHERE a.place = array_position(fresh, l.job_id)), '{}'),
         l.reserve_nano, moment
    FROM live_jobs l WHERE l.job_id = ANY (fresh);
  INSERT INTO ledger_entries (at, kind, amount_nano, job_id, attempt, lane_id, key_id, price_id)
  SELECT moment, 'reserve', l.reserve_nano, l.job_id, l.attempt, l.lane_id, l.key_id, l.price_id
    FROM live_jobs l WHERE l.job_id = ANY (fresh);
END $$;

-- A claim that no budget has room for: the job ends where the budget blocks, else it waits as if it had not been claimed.
CREATE FUNCTION refuse_claim(live live_jobs, answer reservation) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  -- It starts with its first attempt; one that left its target before that has only one that was released.
  started boolean := coalesce((
    SELECT true FROM attempts a WHERE a.job_id = live.job_id AND a.started_at IS NOT NULL LIMIT 1), false);
BEGIN
  IF answer.verdict = 'block' THEN
    IF NOT started THEN live.started_at := NULL; END IF;
    PERFORM end_job(live, 'failed', jsonb_build_object('type', 'budget_exceeded', 'refusal', answer.refusal), NULL);
    RETURN 'ended';
  END IF;
  UPDATE live_jobs l
     SET worker_id = NULL, parked = true, waits_for_window = answer.refused_by,
         started_at = CASE WHEN started THEN live.started_at END,
         deadline_at = CASE WHEN started THEN live.deadline_at END
   WHERE l.job_id = live.job_id;
  RETURN 'waiting';
END $$;

-- Lets jobs that wait for a budget be claimed again, as many of each as it has room for, in the order of their turns.
-- The claim decides: this only spares it from looking at all of them each time.
CREATE FUNCTION release_waiting(at_most integer)
RETURNS TABLE (provider text, job_id uuid, priority smallint)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  held integer := 0;
  budget integer;
  most bigint;
  room numeric;
  released uuid[];
BEGIN
  LOOP
    SELECT l.waits_for_window INTO held FROM live_jobs l WHERE l.waits_for_window > held
     ORDER BY l.waits_for_window LIMIT 1;
    EXIT WHEN held IS NULL;
    SELECT b.id, least(b.daily_nano, b.monthly_nano) INTO budget, most
      FROM budgets b WHERE b.id = (SELECT w.budget_id FROM budget_windows w WHERE w.id = held);
    room := budget_room(budget, clock_timestamp());
    SELECT array_agg(next.job_id) INTO released FROM (
      -- One that a lowered limit has no room for at all would hold up all behind it: its claim ends it.
      SELECT l.job_id, l.reserve_nano > most AS hopeless,
             sum(l.reserve_nano) FILTER (WHERE l.reserve_nano <= most) OVER (ORDER BY l.rank, l.job_id) AS total FROM (
        SELECT * FROM live_jobs WHERE waits_for_window = held ORDER BY rank, job_id LIMIT at_most
      ) AS l
    ) AS next WHERE room IS NULL OR next.hopeless OR next.total <= room;
    CONTINUE WHEN released IS NULL;
    PERFORM 1 FROM live_jobs l WHERE l.job_id = ANY (released) ORDER BY l.job_id FOR NO KEY UPDATE;
    RETURN QUERY
      UPDATE live_jobs l SET waits_for_window = NULL
       WHERE l.job_id = ANY (released) AND l.waits_for_window = held
      RETURNING (SELECT p.name FROM providers p WHERE p.id = l.provider_id), l.job_id, l.priority;
  END LOOP;
END $$;

-- --------------------------------------------------------------------------------------------------- settlement

CREATE TYPE settlement AS (
  -- in the group, for the verdict to name
  place integer,
  job_id uuid,
  worker_id integer,
  epoch integer,
  state attempt_state,
  call_state call_state,
  cost_nano bigint,
  estimated boolean,
  prompt_tokens integer,
  completion_tokens integer,
  cached_tokens integer,
  reasoning_tokens integer,
  images integer,
  -- of the attempt
  error jsonb,
  -- of the job when it fails, where that is another
  job_error jsonb,
  -- how the job goes on: an outcome ends it, null puts it back into its lane, or into that of the next target of its plan
  outcome job_outcome,
  moves boolean,
  -- what the next attempt at this target shall leave out or lower
  mend jsonb,
  park_ms bigint,
  counts_as_try boolean,
  counts_as_wait boolean,
  body text,
  vectors text,
  raw text,
  -- the result was written before, because it is large
  stored boolean
);

-- A job's way to the next target of its plan, and why it leaves the one that it is at.
CREATE TYPE move AS (
  job_id uuid,
  tenant_id integer,
  provider text,
  model text,
  version text,
  price_id integer,
  reserve_nano bigint,
  reason jsonb
);

-- Where a job goes that leaves its target; without a job where its plan ends there.
CREATE FUNCTION next_move(live live_jobs, reason jsonb) RETURNS move LANGUAGE plpgsql AS $$
DECLARE
  target jsonb;
  onward move;
BEGIN
  SELECT stored.plan -> 'targets' -> (live.target + 1) INTO target
    FROM job_payloads stored WHERE stored.day = live.payload_day AND stored.job_id = live.job_id;
  IF target IS NULL THEN RETURN NULL; END IF;
  onward.job_id := live.job_id;
  onward.tenant_id := live.tenant_id;
  onward.provider := target ->> 'provider';
  onward.model := target ->> 'model';
  onward.version := target ->> 'version';
  onward.price_id := (target ->> 'priceId')::integer;
  onward.reserve_nano := (target ->> 'reserveNano')::bigint;
  onward.reason := reason;
  RETURN onward;
END $$;

-- Moves jobs that wait in the lanes of targets which they leave: to the lane, the price and the reservation of the next
-- one, with tries and waits of their own there, in the turn that they have waited for. The attempt there reserves when it
-- is claimed, on every budget of its model. The caller holds the jobs' rows, and opens the lanes that are answered.
CREATE FUNCTION move_jobs(moves move[]) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
  onward move;
  lane integer;
  entered integer[] := '{}';
BEGIN
  -- In one order, because two groups may make the same lanes.
  PERFORM lane_id_of(place.provider, place.model, place.tenant_id) FROM (
    SELECT DISTINCT m.provider, m.model, m.tenant_id FROM unnest(moves) m ORDER BY m.provider, m.model, m.tenant_id
  ) AS place;
  FOREACH onward IN ARRAY moves LOOP
    lane := lane_id_of(onward.provider, onward.model, onward.tenant_id);
    UPDATE live_jobs l
       SET provider_id = (SELECT found.provider_id FROM lanes found WHERE found.id = lane), lane_id = lane,
           model_version = onward.version, price_id = onward.price_id, reserve_nano = onward.reserve_nano, target = l.target + 1,
           tries = 0, waits = 0, mend = NULL, parked = false, ready_at = clock_timestamp()
     WHERE l.job_id = onward.job_id;
    UPDATE jobs j SET moves = coalesce(j.moves, '[]') || coalesce(onward.reason, 'null') WHERE j.id = onward.job_id;
    entered := entered || lane;
  END LOOP;
  RETURN entered;
END $$;

-- Codes of errors that speak against the vendor, not against the request.
CREATE FUNCTION vendor_faults() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY['network', 'overloaded', 'timeout_error', 'rate_limited', 'authentication', 'model_unavailable',
               'bad_response', 'stream_interrupted']
$$;

-- Closes the open attempt of a job: its state, its call, its postings (reserved + overrun = settled + released), and
-- what it adds to the usage, for the courier to fold. A cost of null is what was reserved.
CREATE FUNCTION close_attempt(live live_jobs, s settlement) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  closed attempts%ROWTYPE;
  moment timestamptz := clock_timestamp();
BEGIN
  UPDATE attempts a
     SET state = s.state, cost_nano = coalesce(s.cost_nano, a.reserved_nano), estimated = coalesce(s.estimated, false),
         prompt_tokens = s.prompt_tokens, completion_tokens = s.completion_tokens, cached_tokens = s.cached_tokens,
         reasoning_tokens = s.reasoning_tokens, images = s.images, finished_at = moment, error = s.error
   WHERE a.job_id = live.job_id AND a.number = live.attempt AND a.state = 'started' RETURNING a.* INTO closed;
  IF NOT FOUND THEN RETURN 0; END IF;
  UPDATE calls SET state = s.call_state, finished_at = moment WHERE id = closed.call_id AND state = 'sent';
  INSERT INTO ledger_entries (at, kind, amount_nano, job_id, attempt, lane_id, key_id, price_id)
  SELECT moment, posting.kind, posting.amount, closed.job_id, closed.number, closed.lane_id, live.key_id, closed.price_id
    FROM (VALUES ('overrun'::ledger_kind, closed.cost_nano - closed.reserved_nano),
                 ('settle', closed.cost_nano),
                 ('release', closed.reserved_nano - closed.cost_nano)) AS posting (kind, amount)
   WHERE posting.amount > 0 OR posting.kind = 'settle';
  PERFORM post_to_windows(closed.windows, closed.cost_nano, closed.reserved_nano);
  INSERT INTO usage_deltas (at, started_at, cost_nano, lane_id, key_id, prompt_tokens, completion_tokens, cached_tokens,
                            reasoning_tokens, images, state, estimated, at_fault)
  VALUES (moment, closed.started_at, closed.cost_nano, closed.lane_id, live.key_id, closed.prompt_tokens,
          closed.completion_tokens, closed.cached_tokens, closed.reasoning_tokens, closed.images, closed.state,
          closed.estimated, closed.state = 'failed' AND coalesce(closed.error ->> 'code', '') = ANY (vendor_faults()));
  RETURN closed.cost_nano;
END $$;

-- Releases the reservation of a queued job that no claim opened, where it has one.
CREATE FUNCTION release_reservation(live live_jobs) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  unused attempts%ROWTYPE;
BEGIN
  UPDATE attempts SET state = 'released', cost_nano = 0, finished_at = clock_timestamp()
   WHERE job_id = live.job_id AND number = live.attempt AND state = 'reserved' RETURNING * INTO unused;
  IF FOUND THEN
    INSERT INTO ledger_entries (at, kind, amount_nano, job_id, attempt, lane_id, key_id, price_id)
    VALUES (clock_timestamp(), 'release', unused.reserved_nano, unused.job_id, unused.number, unused.lane_id,
            live.key_id, unused.price_id);
    PERFORM post_to_windows(unused.windows, 0, unused.reserved_nano);
  END IF;
END $$;

-- Writes the one terminal state of a job and takes it off the live ones. A reservation that no claim opened is released.
CREATE FUNCTION end_job(live live_jobs, final job_outcome, final_error jsonb, epoch_of_result integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF live.worker_id IS NULL THEN PERFORM release_reservation(live); END IF;
  UPDATE jobs
     SET outcome = final, lane_id = live.lane_id, model_version = live.model_version, started_at = live.started_at,
         finished_at = clock_timestamp(), actual_nano = live.actual_nano, result_epoch = epoch_of_result, error = final_error
   WHERE id = live.job_id;
  IF live.exposed THEN PERFORM record_outcome(live.job_id, final, live.actual_nano, live.started_at); END IF;
  DELETE FROM live_jobs WHERE job_id = live.job_id;
END $$;

-- Puts a job back where it can be claimed, at once or after a while. The caller opens the lanes of the former at its end.
CREATE FUNCTION requeue_job(live live_jobs, park_ms bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE live_jobs
     SET worker_id = NULL, parked = park_ms > 0, ready_at = clock_timestamp() + park_ms * interval '1 ms',
         tries = live.tries, waits = live.waits, crashes = live.crashes, mend = live.mend, actual_nano = live.actual_nano
   WHERE job_id = live.job_id;
END $$;

-- Settles a group of attempts. A row that names an epoch or a worker that no longer holds the job changes nothing
-- and is answered `stale`. A job that moved on is answered with the provider that it is at now. A row `circuit` tells of a
-- circuit breaker that opened or closed thereby.
CREATE FUNCTION settle_attempts(group_rows json)
RETURNS TABLE (place integer, job_id uuid, verdict text, notice jsonb, moved_to text, priority smallint)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  s settlement;
  live live_jobs%ROWTYPE;
  onward move;
  moving move[] := '{}';
  opened integer[] := '{}';
  -- Where nothing fails and has failed, nobody need hear of a success.
  watched boolean := (SELECT true FROM breakers LIMIT 1);
  outcomes jsonb := '[]';
  holds_tokens boolean := (SELECT true FROM token_holds LIMIT 1);
  settled_jobs uuid[] := '{}';
  settled_attempts integer[] := '{}';
  used_tokens bigint[] := '{}';
BEGIN
  FOR s IN SELECT r.* FROM json_populate_recordset(NULL::settlement, group_rows) r ORDER BY r.job_id, r.place LOOP
    place := s.place;
    job_id := s.job_id;
    SELECT * INTO live FROM live_jobs l
     WHERE l.job_id = s.job_id AND l.epoch = s.epoch AND l.worker_id = s.worker_id FOR UPDATE;
    IF NOT FOUND THEN
      verdict := 'stale';
      RETURN NEXT;
      CONTINUE;
    END IF;
    IF s.outcome IS NULL AND live.cancel_requested_at IS NOT NULL THEN
      s.outcome := 'canceled';
    END IF;
    onward := NULL;
    IF s.outcome IS NULL AND s.moves THEN
      onward := next_move(live, s.error);
      -- Its plan is gone, or at its end.
      IF onward.job_id IS NULL THEN s.outcome := 'failed'; END IF;
    END IF;
    IF s.outcome IS NOT NULL AND s.body IS NOT NULL THEN
      INSERT INTO job_results (day, job_id, epoch, body, vectors, raw)
        VALUES (live.payload_day, live.job_id, live.epoch, s.body, decode(s.vectors, 'base64'), s.raw);
      s.stored := true;
    END IF;
    -- Not handed on from function to function.
    s.body := NULL; s.vectors := NULL; s.raw := NULL;
    IF watched OR s.error IS NOT NULL THEN outcomes := outcomes || outcome_of(live, s); END IF;
    IF holds_tokens THEN
      settled_jobs := settled_jobs || live.job_id;
      settled_attempts := settled_attempts || live.attempt::integer;
      used_tokens := used_tokens || CASE WHEN s.call_state = 'unsent' THEN 0
                                         ELSE s.prompt_tokens::bigint + coalesce(s.completion_tokens, 0) END;
    END IF;
    live.actual_nano := live.actual_nano + close_attempt(live, s);
    IF onward.job_id IS NOT NULL THEN
      PERFORM requeue_job(live, 0);
      moving := moving || onward;
    ELSIF s.outcome IS NULL THEN
      -- It waits in its lane, whose gate is shut for as long.
      IF s.error->>'code' = 'rate_limited' THEN s.park_ms := 0; END IF;
      live.tries := live.tries + coalesce(s.counts_as_try, false)::integer;
      live.waits := live.waits + coalesce(s.counts_as_wait, false)::integer;
      live.mend := coalesce(s.mend, live.mend);
      PERFORM requeue_job(live, coalesce(s.park_ms, 0));
      IF coalesce(s.park_ms, 0) = 0 THEN opened := opened || live.lane_id; END IF;
    ELSE
      PERFORM end_job(live, s.outcome, CASE WHEN s.outcome = 'failed' THEN coalesce(s.job_error, s.error) END,
                      CASE WHEN s.outcome = 'succeeded' AND s.stored THEN live.epoch END);
    END IF;
    verdict := CASE WHEN s.outcome IS NOT NULL THEN 'ended' WHEN onward.job_id IS NULL THEN 'requeued' ELSE 'moved' END;
    moved_to := onward.provider;
    priority := live.priority;
    RETURN NEXT;
  END LOOP;
  IF holds_tokens THEN PERFORM correct_tokens(settled_jobs, settled_attempts, used_tokens); END IF;
  IF outcomes <> '[]' THEN
    RETURN QUERY
      SELECT NULL::integer, NULL::uuid, 'circuit', to_jsonb(noted), NULL::text, NULL::smallint
        FROM note_outcomes(outcomes) AS noted;
  END IF;
  IF cardinality(moving) > 0 THEN opened := opened || move_jobs(moving); END IF;
  PERFORM open_lanes(opened);
END $$;

-- What an attempt says of its provider and of its vendor's limit. That the job's own time was up says nothing of them:
-- else a client who allows too little would open the breaker for everybody.
CREATE FUNCTION outcome_of(live live_jobs, s settlement) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object(
    'lane_id', live.lane_id, 'job_id', live.job_id, 'epoch', live.epoch, 'succeeded', s.state = 'succeeded',
    'answered', s.call_state = 'answered', 'code',
    CASE WHEN s.error->>'code' = 'timeout_error' AND live.deadline_at <= clock_timestamp() + interval '50 ms' THEN NULL
         ELSE s.error->>'code' END, 'message', s.error->>'message',
    'wait_ms', coalesce(nullif(s.park_ms, 0), ceil((s.error->>'retryAfterSeconds')::numeric * 1000)::bigint, 1000))
$$;

-- Writes a large result before its settlement points to it. False: the epoch is gone, and nothing was written.
CREATE FUNCTION store_result(wanted uuid, of_worker integer, of_epoch integer, new_body text, new_vectors bytea, new_raw text)
RETURNS boolean LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  of_day date;
BEGIN
  SELECT payload_day INTO of_day FROM live_jobs WHERE job_id = wanted AND worker_id = of_worker AND epoch = of_epoch;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO job_results (day, job_id, epoch, body, vectors, raw)
    VALUES (of_day, wanted, of_epoch, new_body, new_vectors, new_raw)
    ON CONFLICT (day, job_id, epoch) DO NOTHING;
  RETURN true;
END $$;

-- ------------------------------------------------------------------------------------- cancel, expire, recover

-- A queued job ends at once; a running one gets the wish, which its worker's settlement writes.
-- `status` is ended, canceled, or running with the worker that runs it; null when the tenant has no such job.
CREATE FUNCTION cancel_job(wanted uuid) RETURNS TABLE (status text, worker_id integer)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  live live_jobs%ROWTYPE;
BEGIN
  SELECT * INTO live FROM live_jobs l WHERE l.job_id = wanted FOR UPDATE;
  IF NOT FOUND THEN
    status := 'ended';
  ELSIF live.worker_id IS NULL THEN
    PERFORM end_job(live, 'canceled', NULL, NULL);
    status := 'canceled';
  ELSE
    UPDATE live_jobs l SET cancel_requested_at = coalesce(l.cancel_requested_at, clock_timestamp()) WHERE l.job_id = wanted;
    status := 'running';
    worker_id := live.worker_id;
  END IF;
  RETURN NEXT;
END $$;

-- Ends queued jobs that nobody claimed in time, and those whose time over all attempts is up.
CREATE FUNCTION end_overdue_jobs(at_most integer, timeout_error jsonb)
RETURNS TABLE (job_id uuid, outcome job_outcome)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  live live_jobs%ROWTYPE;
  moment timestamptz := clock_timestamp();
  due uuid[];
BEGIN
  SELECT array_agg(overdue.job_id) INTO due FROM (
    (SELECT l.job_id FROM live_jobs l WHERE l.worker_id IS NULL AND l.started_at IS NULL AND l.expires_at <= moment
      ORDER BY l.expires_at LIMIT at_most)
    UNION ALL
    (SELECT l.job_id FROM live_jobs l WHERE l.worker_id IS NULL AND l.deadline_at IS NOT NULL AND l.deadline_at <= moment
      ORDER BY l.deadline_at LIMIT at_most)
  ) AS overdue;
  IF due IS NULL THEN RETURN; END IF;
  -- Asked again under the lock: a job may have been claimed and put back since.
  FOR live IN SELECT l.* FROM live_jobs l
               WHERE l.job_id = ANY (due) AND l.worker_id IS NULL
                 AND (l.deadline_at <= moment OR l.started_at IS NULL AND l.expires_at <= moment)
               ORDER BY l.job_id FOR UPDATE SKIP LOCKED LOOP
    job_id := live.job_id;
    IF live.started_at IS NULL THEN
      outcome := 'expired';
      PERFORM end_job(live, 'expired', NULL, NULL);
    ELSE
      outcome := 'failed';
      PERFORM end_job(live, 'failed', timeout_error, NULL);
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;

-- Extends a worker's lease and says what it holds. No row with `alive` false: its lease is gone, with all its epochs.
CREATE FUNCTION beat(beating_worker integer, lease_ms integer)
RETURNS TABLE (job_id uuid, epoch integer, cancel boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  UPDATE workers SET lease_until = clock_timestamp() + lease_ms * interval '1 ms'
   WHERE id = beating_worker AND stopped_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the lease of worker % is gone', beating_worker USING ERRCODE = 'SY001';
  END IF;
  RETURN QUERY SELECT l.job_id, l.epoch, l.cancel_requested_at IS NOT NULL FROM live_jobs l WHERE l.worker_id = beating_worker;
END $$;

-- Gives a worker's lease up if it holds nothing. A claim of it whose answer nobody awaits any more may still be running:
-- it is waited for. True when the lease is gone.
CREATE FUNCTION retire_worker(retiring integer) RETURNS boolean
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  PERFORM 1 FROM workers WHERE id = retiring AND stopped_at IS NULL FOR UPDATE;
  UPDATE workers SET stopped_at = clock_timestamp()
   WHERE id = retiring AND stopped_at IS NULL
     AND NOT EXISTS (SELECT FROM live_jobs WHERE worker_id = retiring);
  RETURN FOUND;
END $$;

-- Takes back what workers held whose lease has run out: the open attempt is unknown and costs what it reserved; the job
-- goes back into its lane, or ends where a cancel was wished, its time is up, or it has ended too many workers.
CREATE FUNCTION recover_jobs(crash_limit integer, crash_error jsonb, crash_limit_error jsonb, timeout_error jsonb)
RETURNS TABLE (job_id uuid, provider text, outcome job_outcome)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  lost integer[];
  live live_jobs%ROWTYPE;
  s settlement;
  opened integer[] := '{}';
BEGIN
  SELECT array_agg(gone.id) INTO lost FROM (
    SELECT id FROM workers WHERE stopped_at IS NULL AND lease_until < clock_timestamp() ORDER BY id FOR UPDATE SKIP LOCKED
  ) AS gone;
  IF lost IS NULL THEN RETURN; END IF;
  -- Together, as jobs are locked in the order of their ids whoever held them.
  FOR live IN SELECT l.* FROM live_jobs l WHERE l.worker_id = ANY (lost) ORDER BY l.job_id FOR UPDATE LOOP
    s := NULL;
    s.state := 'unknown';
    s.call_state := 'unknown';
    s.estimated := true;
    s.error := crash_error;
    live.actual_nano := live.actual_nano + close_attempt(live, s);
    live.crashes := live.crashes + 1;
    job_id := live.job_id;
    SELECT name INTO provider FROM providers WHERE id = live.provider_id;
    IF live.cancel_requested_at IS NOT NULL THEN
      outcome := 'canceled';
      PERFORM end_job(live, 'canceled', NULL, NULL);
    ELSIF live.crashes >= crash_limit THEN
      outcome := 'failed';
      PERFORM end_job(live, 'failed', crash_limit_error, NULL);
    ELSIF live.deadline_at <= clock_timestamp() THEN
      outcome := 'failed';
      PERFORM end_job(live, 'failed', timeout_error, NULL);
    ELSE
      outcome := NULL;
      PERFORM requeue_job(live, 0);
      opened := opened || live.lane_id;
    END IF;
    RETURN NEXT;
  END LOOP;
  UPDATE workers SET stopped_at = clock_timestamp() WHERE id = ANY (lost);
  PERFORM open_lanes(opened);
END $$;
