-- The life of a job in SQL. Every function takes a group of rows, goes through them in the order of their ids,
-- and answers a verdict for each, so that groups of different processes never wait for each other in a circle.
-- Locks are taken in one order everywhere: provider, live_jobs by job_id, lanes by id.
-- Time is the database's.

-- ---------------------------------------------------------------------------------------------------- partitions

-- Makes the partitions of today and the days ahead. A day that already has rows in the default partition stays there.
CREATE FUNCTION ensure_partitions(days_ahead integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  parent text;
  day date;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('switchyard.partitions'));
  FOREACH parent IN ARRAY ARRAY['job_payloads', 'job_results'] LOOP
    FOR day IN SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date + n FROM generate_series(0, days_ahead) AS n LOOP
      CONTINUE WHEN to_regclass(format('%I', parent || to_char(day, '_YYYYMMDD'))) IS NOT NULL;
      BEGIN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                       parent || to_char(day, '_YYYYMMDD'), parent, day, day + 1);
      EXCEPTION WHEN check_violation THEN
        NULL;
      END;
    END LOOP;
  END LOOP;
END $$;

-- ------------------------------------------------------------------------------------------------------- ledger

-- Appends one posting. `reserve` and `overrun` fill the attempt's reservation, `settle` and `release` empty it.
CREATE FUNCTION post_to_ledger(
  entry_kind ledger_kind, amount bigint, job uuid, attempt_number smallint, lane integer, key integer, price integer
) RETURNS void LANGUAGE sql AS $$
  INSERT INTO ledger_entries (at, kind, debit, credit, amount_nano, job_id, attempt, lane_id, key_id, price_id)
  SELECT clock_timestamp(), entry_kind,
         (CASE entry_kind WHEN 'settle' THEN 'spent' WHEN 'release' THEN 'available' ELSE 'reserved' END)::ledger_account,
         (CASE entry_kind WHEN 'settle' THEN 'reserved' WHEN 'release' THEN 'reserved' ELSE 'available' END)::ledger_account,
         amount, job, attempt_number, lane, key, price
$$;

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

-- Marks lanes as waiting before jobs are put into them. The shared key lock holds off `close_lanes`, which takes the
-- exclusive one, until this transaction's jobs can be seen.
CREATE FUNCTION open_lanes(wanted integer[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lane record;
BEGIN
  PERFORM 1 FROM lanes WHERE id = ANY (wanted) ORDER BY id FOR KEY SHARE;
  FOR lane IN SELECT id, provider_id FROM lanes WHERE id = ANY (wanted) AND NOT waiting ORDER BY id FOR NO KEY UPDATE LOOP
    UPDATE lanes SET waiting = true,
           tag = greatest(tag, (SELECT virtual_time FROM providers WHERE id = lane.provider_id))
     WHERE id = lane.id;
  END LOOP;
END $$;

-- Marks lanes as empty where nobody is putting a job into them and none is in them.
CREATE FUNCTION close_lanes(emptied integer[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lane integer;
BEGIN
  FOR lane IN SELECT id FROM lanes WHERE id = ANY (emptied) ORDER BY id FOR UPDATE SKIP LOCKED LOOP
    UPDATE lanes SET waiting = false
     WHERE id = lane
       AND NOT EXISTS (SELECT FROM live_jobs WHERE lane_id = lane AND worker_id IS NULL AND NOT parked);
  END LOOP;
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
  payload text
);

-- Admits a group: job, first attempt with its reservation, and payload, or nothing. A row whose id is there already
-- was admitted by an earlier try whose answer was lost; it is answered as it is.
CREATE FUNCTION admit_jobs(group_rows json) RETURNS TABLE (id uuid, created_at timestamptz) LANGUAGE plpgsql AS $$
DECLARE
  batch admission[];
  fresh admission[];
  inserted uuid[];
  opened integer[];
  moment timestamptz := clock_timestamp();
  today date := (moment AT TIME ZONE 'UTC')::date;
BEGIN
  SELECT array_agg(r ORDER BY r.id) INTO batch FROM json_populate_recordset(NULL::admission, group_rows) r;

  SELECT array_agg(DISTINCT lane_id_of(a.provider, a.model, a.tenant_id)) INTO opened
    FROM unnest(batch) a WHERE a.delay_ms = 0;
  PERFORM open_lanes(opened);

  WITH rows AS (
    INSERT INTO jobs AS j (id, tenant_id, key_id, type, lane_id, model_version, priority, created_at, payload_day,
                           estimated_nano, retry_of)
    SELECT a.id, a.tenant_id, a.key_id, a.type, lane_id_of(a.provider, a.model, a.tenant_id), a.model_version,
           a.priority, moment, today, a.reserve_nano, a.retry_of
      FROM unnest(batch) a ORDER BY a.id
    ON CONFLICT ON CONSTRAINT jobs_pkey DO NOTHING
    RETURNING j.id
  ) SELECT array_agg(rows.id) INTO inserted FROM rows;

  IF cardinality(inserted) = cardinality(batch) THEN
    fresh := batch;
  ELSE
    SELECT array_agg(a) INTO fresh FROM unnest(batch) a WHERE a.id = ANY (inserted);
  END IF;

  INSERT INTO live_jobs (job_id, tenant_id, key_id, provider_id, lane_id, type, model_version, price_id, reserve_nano,
                         payload_day, created_at, priority, rank, parked, ready_at, expires_at, timeout_ms, attempt)
  SELECT a.id, a.tenant_id, a.key_id, l.provider_id, l.id, a.type, a.model_version, a.price_id, a.reserve_nano,
         today, moment, a.priority, lane_rank(moment + a.delay_ms * interval '1 ms', a.priority), a.delay_ms > 0,
         moment + a.delay_ms * interval '1 ms', moment + (a.delay_ms + a.expires_ms) * interval '1 ms', a.timeout_ms, 1
    FROM unnest(fresh) a JOIN LATERAL (
      SELECT lanes.id, lanes.provider_id FROM lanes WHERE lanes.id = lane_id_of(a.provider, a.model, a.tenant_id)
    ) l ON true;

  INSERT INTO attempts (job_id, number, state, lane_id, price_id, model_version, reserved_nano)
  SELECT a.id, 1, 'reserved', lane_id_of(a.provider, a.model, a.tenant_id), a.price_id, a.model_version, a.reserve_nano
    FROM unnest(fresh) a;

  INSERT INTO job_payloads (day, job_id, client_data, payload)
  SELECT today, a.id, a.client_data, a.payload FROM unnest(fresh) a;

  PERFORM post_to_ledger('reserve', a.reserve_nano, a.id, 1::smallint, lane_id_of(a.provider, a.model, a.tenant_id),
                         a.key_id, a.price_id)
     FROM unnest(fresh) a;

  RETURN QUERY SELECT j.id, j.created_at FROM unnest(batch) a JOIN jobs j ON j.id = a.id;
END $$;

-- -------------------------------------------------------------------------------------------------------- claim

-- Puts jobs whose delay or backoff is over into their lanes.
CREATE FUNCTION unpark_jobs(wanted_provider integer, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  due uuid[];
BEGIN
  SELECT array_agg(job_id) INTO due FROM (
    SELECT job_id FROM live_jobs
     WHERE provider_id = wanted_provider AND worker_id IS NULL AND parked AND ready_at <= moment
     ORDER BY ready_at LIMIT 500
  ) AS ready;
  IF due IS NULL THEN RETURN; END IF;
  PERFORM 1 FROM live_jobs WHERE job_id = ANY (due) ORDER BY job_id FOR NO KEY UPDATE;
  PERFORM open_lanes((SELECT array_agg(DISTINCT lane_id) FROM live_jobs WHERE job_id = ANY (due)));
  UPDATE live_jobs SET parked = false WHERE job_id = ANY (due) AND worker_id IS NULL;
END $$;

-- Gives a worker up to `slots` jobs of one provider, never more than `concurrency` at once over all its workers.
-- Order: start-time fair queueing over lanes (Goyal, Vin, Cheng 1996), inside a lane by rank. Each claim raises the
-- job's epoch, opens its attempt, and records the call that the worker is about to send.
-- The row of the provider is the lock: claims of one provider go one after the other.
CREATE FUNCTION claim_jobs(claiming_worker integer, wanted_provider text, slots integer, concurrency integer)
RETURNS TABLE (
  job_id uuid, epoch integer, attempt smallint, type job_type, tenant_id integer, key_id integer, model text,
  model_version text, price_id integer, price jsonb, reserved_nano bigint, remaining_ms integer, tries smallint,
  waits smallint, crashes smallint, call_id bigint, payload text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  provider providers%ROWTYPE;
  moment timestamptz;
  room integer;
  candidates integer[];
  passed integer[] := '{}';
  round_jobs uuid[];
  round_lanes integer[];
  round_tags double precision[];
  claimed uuid[] := '{}';
BEGIN
  SELECT * INTO provider FROM providers WHERE name = wanted_provider FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  -- The lock holds off recover_jobs, which would else pass over what this claim takes.
  PERFORM 1 FROM workers WHERE id = claiming_worker AND stopped_at IS NULL FOR KEY SHARE;
  IF NOT FOUND THEN RETURN; END IF;
  moment := clock_timestamp();
  PERFORM unpark_jobs(provider.id, moment);
  room := least(slots, concurrency - (
    SELECT count(*) FROM live_jobs l WHERE l.provider_id = provider.id AND l.worker_id IS NOT NULL));

  WHILE room > 0 LOOP
    SELECT array_agg(id) INTO candidates FROM (
      SELECT id FROM lanes WHERE provider_id = provider.id AND waiting AND id <> ALL (passed)
       ORDER BY tag, id LIMIT room
    ) AS open;
    EXIT WHEN candidates IS NULL;
    passed := passed || candidates;

    SELECT array_agg(picked.job_id), array_agg(picked.lane_id), array_agg(picked.start)
      INTO round_jobs, round_lanes, round_tags
      FROM (
        SELECT waiting.job_id, lane.id AS lane_id, lane.tag + waiting.position / tenant.weight AS start
          FROM unnest(candidates) AS candidate
          JOIN lanes lane ON lane.id = candidate
          JOIN tenants tenant ON tenant.id = lane.tenant_id
         CROSS JOIN LATERAL (
           SELECT l.job_id, row_number() OVER (ORDER BY l.rank, l.job_id) - 1 AS position
             FROM live_jobs l
            WHERE l.lane_id = candidate AND l.worker_id IS NULL AND NOT l.parked
              AND (l.started_at IS NOT NULL OR l.expires_at > moment)
              AND (l.deadline_at IS NULL OR l.deadline_at > moment)
            ORDER BY l.rank, l.job_id LIMIT room
         ) AS waiting
         ORDER BY start, lane.id, waiting.position LIMIT room
      ) AS picked;

    IF round_jobs IS NOT NULL THEN
      PERFORM 1 FROM live_jobs l WHERE l.job_id = ANY (round_jobs) ORDER BY l.job_id FOR NO KEY UPDATE;
      WITH taken AS (
        UPDATE live_jobs l
           SET worker_id = claiming_worker, epoch = l.epoch + 1,
               started_at = coalesce(l.started_at, moment),
               deadline_at = coalesce(l.deadline_at, moment + l.timeout_ms * interval '1 ms')
         WHERE l.job_id = ANY (round_jobs) AND l.worker_id IS NULL
        RETURNING l.job_id
      ) SELECT claimed || coalesce(array_agg(taken.job_id), '{}') INTO claimed FROM taken;

      PERFORM 1 FROM lanes WHERE id = ANY (round_lanes) ORDER BY id FOR NO KEY UPDATE;
      UPDATE lanes SET tag = used.last + 1 / tenant.weight
        FROM (SELECT lane, max(start) AS last FROM unnest(round_lanes, round_tags) AS u (lane, start) GROUP BY lane) used,
             tenants tenant
       WHERE lanes.id = used.lane AND tenant.id = lanes.tenant_id;
      provider.virtual_time := greatest(provider.virtual_time, (SELECT max(start) FROM unnest(round_tags) AS start));
      room := room - cardinality(round_jobs);
    END IF;
    PERFORM close_lanes(candidates);
  END LOOP;

  IF claimed = '{}' THEN RETURN; END IF;
  UPDATE providers SET virtual_time = provider.virtual_time WHERE id = provider.id;
  RETURN QUERY SELECT * FROM open_attempts(claiming_worker, claimed, moment);
END $$;

-- Opens the attempt of each claimed job: the reserved one of its admission, or the next with its own reservation.
CREATE FUNCTION open_attempts(claiming_worker integer, claimed uuid[], moment timestamptz)
RETURNS TABLE (
  job_id uuid, epoch integer, attempt smallint, type job_type, tenant_id integer, key_id integer, model text,
  model_version text, price_id integer, price jsonb, reserved_nano bigint, remaining_ms integer, tries smallint,
  waits smallint, crashes smallint, call_id bigint, payload text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  live live_jobs%ROWTYPE;
  call bigint;
BEGIN
  FOR live IN SELECT l.* FROM live_jobs l WHERE l.job_id = ANY (claimed) ORDER BY l.job_id LOOP
    INSERT INTO calls (worker_id, provider_id, state, started_at)
      VALUES (claiming_worker, live.provider_id, 'sent', moment) RETURNING id INTO call;
    UPDATE attempts a SET state = 'started', started_at = moment, epoch = live.epoch, call_id = call
     WHERE a.job_id = live.job_id AND a.number = live.attempt AND a.state = 'reserved';
    IF NOT FOUND THEN
      live.attempt := live.attempt + 1;
      UPDATE live_jobs l SET attempt = live.attempt WHERE l.job_id = live.job_id;
      INSERT INTO attempts (job_id, number, state, lane_id, price_id, model_version, epoch, call_id, reserved_nano, started_at)
        VALUES (live.job_id, live.attempt, 'started', live.lane_id, live.price_id, live.model_version, live.epoch, call,
                live.reserve_nano, moment);
      PERFORM post_to_ledger('reserve', live.reserve_nano, live.job_id, live.attempt, live.lane_id, live.key_id, live.price_id);
    END IF;
    RETURN QUERY
      SELECT live.job_id, live.epoch, live.attempt, live.type, live.tenant_id, live.key_id, lane.model, live.model_version,
             live.price_id, version.price, live.reserve_nano,
             (extract(epoch FROM live.deadline_at - moment) * 1000)::integer, live.tries, live.waits, live.crashes, call,
             stored.payload
        FROM lanes lane
        JOIN price_versions version ON version.id = live.price_id
        JOIN job_payloads stored ON stored.day = live.payload_day AND stored.job_id = live.job_id
       WHERE lane.id = live.lane_id;
  END LOOP;
END $$;

-- --------------------------------------------------------------------------------------------------- settlement

CREATE TYPE settlement AS (
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
  -- of the attempt, and of the job when it ends with it
  error jsonb,
  -- how the job goes on: an outcome ends it, null puts it back into its lane
  outcome job_outcome,
  park_ms bigint,
  counts_as_try boolean,
  counts_as_wait boolean,
  body text,
  vectors text,
  raw text,
  -- the result was written before, because it is large
  stored boolean
);

-- Closes the open attempt of a job: its state, its call, and its postings
-- (reserved + overrun = settled + released). A cost of null is what was reserved.
CREATE FUNCTION close_attempt(live live_jobs, s settlement) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  open attempts%ROWTYPE;
  cost bigint;
BEGIN
  SELECT * INTO open FROM attempts WHERE job_id = live.job_id AND number = live.attempt;
  cost := coalesce(s.cost_nano, open.reserved_nano);
  UPDATE attempts
     SET state = s.state, cost_nano = cost, estimated = coalesce(s.estimated, false), prompt_tokens = s.prompt_tokens,
         completion_tokens = s.completion_tokens, cached_tokens = s.cached_tokens,
         reasoning_tokens = s.reasoning_tokens, images = s.images, finished_at = clock_timestamp(), error = s.error
   WHERE job_id = live.job_id AND number = live.attempt;
  UPDATE calls SET state = s.call_state, finished_at = clock_timestamp() WHERE id = open.call_id AND state = 'sent';
  IF cost > open.reserved_nano THEN
    PERFORM post_to_ledger('overrun', cost - open.reserved_nano, open.job_id, open.number, open.lane_id, live.key_id, open.price_id);
  END IF;
  PERFORM post_to_ledger('settle', cost, open.job_id, open.number, open.lane_id, live.key_id, open.price_id);
  IF cost < open.reserved_nano THEN
    PERFORM post_to_ledger('release', open.reserved_nano - cost, open.job_id, open.number, open.lane_id, live.key_id, open.price_id);
  END IF;
  RETURN cost;
END $$;

-- Writes the one terminal state of a job and takes it off the live ones. A reservation that no claim opened is released.
CREATE FUNCTION end_job(live live_jobs, final job_outcome, final_error jsonb, epoch_of_result integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  unused attempts%ROWTYPE;
BEGIN
  UPDATE attempts SET state = 'released', cost_nano = 0, finished_at = clock_timestamp()
   WHERE job_id = live.job_id AND number = live.attempt AND state = 'reserved' RETURNING * INTO unused;
  IF FOUND THEN
    PERFORM post_to_ledger('release', unused.reserved_nano, unused.job_id, unused.number, unused.lane_id, live.key_id, unused.price_id);
  END IF;
  UPDATE jobs
     SET outcome = final, lane_id = live.lane_id, model_version = live.model_version, started_at = live.started_at,
         finished_at = clock_timestamp(), actual_nano = live.actual_nano, result_epoch = epoch_of_result, error = final_error
   WHERE id = live.job_id;
  DELETE FROM live_jobs WHERE job_id = live.job_id;
END $$;

-- Puts a job back where it can be claimed, at once or after a while.
CREATE FUNCTION requeue_job(live live_jobs, park_ms bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  ready timestamptz := clock_timestamp() + park_ms * interval '1 ms';
BEGIN
  IF park_ms = 0 THEN
    PERFORM open_lanes(ARRAY[live.lane_id]);
  END IF;
  UPDATE live_jobs
     SET worker_id = NULL, parked = park_ms > 0, ready_at = ready, tries = live.tries, waits = live.waits,
         crashes = live.crashes, actual_nano = live.actual_nano
   WHERE job_id = live.job_id;
END $$;

-- Settles a group of attempts. A row that names an epoch or a worker that no longer holds the job changes nothing
-- and is answered `stale`.
CREATE FUNCTION settle_attempts(group_rows json) RETURNS TABLE (job_id uuid, verdict text, outcome job_outcome)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  s settlement;
  live live_jobs%ROWTYPE;
BEGIN
  FOR s IN SELECT r.* FROM json_populate_recordset(NULL::settlement, group_rows) r ORDER BY r.job_id LOOP
    SELECT * INTO live FROM live_jobs l
     WHERE l.job_id = s.job_id AND l.epoch = s.epoch AND l.worker_id = s.worker_id FOR UPDATE;
    IF NOT FOUND THEN
      job_id := s.job_id; verdict := 'stale'; outcome := NULL;
      RETURN NEXT;
      CONTINUE;
    END IF;
    live.actual_nano := live.actual_nano + close_attempt(live, s);
    IF s.outcome IS NULL AND live.cancel_requested_at IS NOT NULL THEN
      s.outcome := 'canceled';
      s.error := NULL;
    END IF;
    IF s.outcome IS NULL THEN
      live.tries := live.tries + coalesce(s.counts_as_try, false)::integer;
      live.waits := live.waits + coalesce(s.counts_as_wait, false)::integer;
      PERFORM requeue_job(live, coalesce(s.park_ms, 0));
    ELSE
      IF s.body IS NOT NULL THEN
        INSERT INTO job_results (day, job_id, epoch, body, vectors, raw)
          VALUES (live.payload_day, live.job_id, live.epoch, s.body, decode(s.vectors, 'base64'), s.raw);
      END IF;
      PERFORM end_job(live, s.outcome, CASE WHEN s.outcome = 'failed' THEN s.error END,
                      CASE WHEN s.outcome = 'succeeded' AND (s.body IS NOT NULL OR s.stored) THEN live.epoch END);
    END IF;
    job_id := s.job_id; verdict := CASE WHEN s.outcome IS NULL THEN 'requeued' ELSE 'ended' END; outcome := s.outcome;
    RETURN NEXT;
  END LOOP;
END $$;

-- Writes a large result before its settlement points to it. False: the epoch is gone, and nothing was written.
CREATE FUNCTION store_result(wanted uuid, of_worker integer, of_epoch integer, new_body text, new_vectors bytea, new_raw text)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO job_results (day, job_id, epoch, body, vectors, raw)
  SELECT l.payload_day, l.job_id, l.epoch, new_body, new_vectors, new_raw FROM live_jobs l
   WHERE l.job_id = wanted AND l.worker_id = of_worker AND l.epoch = of_epoch
  ON CONFLICT (day, job_id, epoch) DO NOTHING;
  RETURN FOUND OR EXISTS (
    SELECT FROM live_jobs l JOIN job_results r ON r.day = l.payload_day AND r.job_id = l.job_id AND r.epoch = l.epoch
     WHERE l.job_id = wanted AND l.worker_id = of_worker AND l.epoch = of_epoch);
END $$;

-- ------------------------------------------------------------------------------------- cancel, expire, recover

-- A queued job ends at once; a running one gets the wish, which its worker's settlement writes.
-- `status` is ended, canceled, or running with the worker that runs it; null when the tenant has no such job.
CREATE FUNCTION cancel_job(wanted uuid) RETURNS TABLE (status text, worker_id integer) LANGUAGE plpgsql AS $$
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
RETURNS TABLE (job_id uuid, outcome job_outcome) LANGUAGE plpgsql AS $$
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
  FOR live IN SELECT l.* FROM live_jobs l WHERE l.job_id = ANY (due) AND l.worker_id IS NULL ORDER BY l.job_id
              FOR UPDATE SKIP LOCKED LOOP
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
RETURNS TABLE (job_id uuid, epoch integer, cancel boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  UPDATE workers SET lease_until = clock_timestamp() + lease_ms * interval '1 ms'
   WHERE id = beating_worker AND stopped_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the lease of worker % is gone', beating_worker USING ERRCODE = 'SY001';
  END IF;
  RETURN QUERY SELECT l.job_id, l.epoch, l.cancel_requested_at IS NOT NULL FROM live_jobs l WHERE l.worker_id = beating_worker;
END $$;

-- Takes back what workers held whose lease has run out: the open attempt is unknown and costs what it reserved; the job
-- goes back into its lane, or ends where a cancel was wished, its time is up, or it has ended too many workers.
CREATE FUNCTION recover_jobs(crash_limit integer, crash_error jsonb, crash_limit_error jsonb, timeout_error jsonb)
RETURNS TABLE (job_id uuid, provider text, outcome job_outcome) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  lost integer;
  live live_jobs%ROWTYPE;
  s settlement;
BEGIN
  FOR lost IN SELECT id FROM workers WHERE stopped_at IS NULL AND lease_until < clock_timestamp()
              ORDER BY id FOR UPDATE SKIP LOCKED LOOP
    FOR live IN SELECT l.* FROM live_jobs l WHERE l.worker_id = lost ORDER BY l.job_id FOR UPDATE LOOP
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
      END IF;
      RETURN NEXT;
    END LOOP;
    UPDATE workers SET stopped_at = clock_timestamp() WHERE id = lost;
  END LOOP;
END $$;
