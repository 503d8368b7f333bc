-- What keeps jobs from being claimed though a worker is free: gates and circuit breakers, and the flows that share a
-- provider fairly. A claim takes from open lanes alone; a lane is open while nothing that covers it is shut. A job that
-- waits so holds no slot and burns no attempt.
--
-- Locks: breakers in the order of provider and model, after live_jobs and before lanes; then gates. Flows are written by
-- the claims of their provider alone, which go one after the other.

CREATE TYPE gate_cause AS ENUM ('paused', 'breaker', 'rate_limit');

-- Shut while its row is there and `opens_at` (null: until told) has not come. 0 and '' stand for all.
CREATE TABLE gates (
  id serial PRIMARY KEY,
  provider_id integer NOT NULL DEFAULT 0,
  model text NOT NULL DEFAULT '',
  tenant_id integer NOT NULL DEFAULT 0,
  cause gate_cause NOT NULL,
  -- in words for the user
  detail text NOT NULL,
  shut_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  opens_at timestamptz,
  UNIQUE (provider_id, model, tenant_id, cause)
);

-- Failures in a row of one model of one provider. A row with `opened_at` keeps jobs off but for one probe at a time.
CREATE TABLE breakers (
  provider_id integer NOT NULL,
  model text NOT NULL,
  failures integer NOT NULL,
  -- of the last failure, in words for the user
  detail text NOT NULL,
  -- of the same
  code text,
  opened_at timestamptz,
  probe_at timestamptz,
  probe_job uuid,
  probe_epoch integer,
  PRIMARY KEY (provider_id, model)
) WITH (fillfactor = 50);

-- A tenant's turn at a provider, over all of its lanes there: start tag of its next job.
CREATE TABLE flows (
  provider_id integer NOT NULL,
  tenant_id integer NOT NULL,
  tag double precision NOT NULL,
  -- it had nothing to be claimed: the next job starts no sooner than those that are served then, so that idling, or being
  -- shut out, earns no credit
  idle boolean NOT NULL,
  PRIMARY KEY (provider_id, tenant_id)
) WITH (fillfactor = 50);

-- ---------------------------------------------------------------------------------------------------- breakers

-- When a breaker opens and how often it is tried then: the one place for these figures.
CREATE FUNCTION breaker_terms(OUT failures_in_a_row integer, OUT probe_every interval) LANGUAGE sql IMMUTABLE AS $$
  SELECT 10, interval '5 s'
$$;

-- What an attempt's error says of its provider. `failing`: it counts; `useless`: it opens the breaker at once; `alive`:
-- the provider answered; null: nothing.
CREATE FUNCTION verdict_on_provider(attempt_succeeded boolean, call_answered boolean, code text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN attempt_succeeded THEN 'alive'
    WHEN code IN ('network', 'overloaded', 'timeout_error') THEN 'failing'
    WHEN code = 'authentication' THEN 'useless'
    WHEN code IN ('bad_response', 'stream_interrupted') THEN NULL
    WHEN call_answered THEN 'alive' END
$$;

-- Whether a breaker's probe is still on its way. One whose worker died, or which was put back, is not.
CREATE FUNCTION probe_runs(of_job uuid, of_epoch integer) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT true FROM live_jobs WHERE job_id = of_job AND epoch = of_epoch AND worker_id IS NOT NULL), false)
$$;

-- Counts what attempts say of their providers, and shuts the gate of a model that its vendor limits. A row for each
-- circuit that opened or closed.
CREATE FUNCTION note_outcomes(outcomes jsonb)
RETURNS TABLE (provider text, model text, circuit text, detail text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  o record;
  said text;
BEGIN
  FOR o IN
    SELECT noted.*, lane.provider_id, lane.model, p.name AS provider
      FROM jsonb_to_recordset(outcomes) AS noted (
             lane_id integer, job_id uuid, epoch integer, succeeded boolean, answered boolean, code text, message text,
             wait_ms bigint)
     CROSS JOIN LATERAL (SELECT * FROM lanes WHERE lanes.id = noted.lane_id LIMIT 1) AS lane
     CROSS JOIN LATERAL (SELECT * FROM providers WHERE providers.id = lane.provider_id LIMIT 1) AS p
     ORDER BY lane.provider_id, lane.model, noted.job_id
  LOOP
    said := verdict_on_provider(o.succeeded, o.answered, o.code);
    IF said = 'alive' THEN
      DELETE FROM breakers b
       WHERE b.provider_id = o.provider_id AND b.model = o.model
         AND (b.opened_at IS NULL OR b.probe_job = o.job_id AND b.probe_epoch = o.epoch)
      RETURNING CASE WHEN b.opened_at IS NOT NULL THEN 'closed' END INTO circuit;
    ELSIF said IS NOT NULL THEN
      circuit := count_failure(o.provider_id, o.model, o.job_id, o.epoch, said = 'useless', o.message, o.code);
    END IF;
    IF circuit = 'opened' THEN
      INSERT INTO events (at, type, data)
      VALUES (clock_timestamp(), 'provider.unhealthy', jsonb_build_object(
                'provider', o.provider, 'model', o.model, 'code', o.code, 'reason', o.message));
    END IF;
    IF circuit IS NOT NULL THEN
      provider := o.provider;
      model := o.model;
      detail := o.message;
      RETURN NEXT;
      circuit := NULL;
    END IF;
    IF o.code = 'rate_limited' THEN
      INSERT INTO gates AS g (provider_id, model, cause, detail, opens_at)
      VALUES (o.provider_id, o.model, 'rate_limit', format('%s asked to wait', o.provider),
              clock_timestamp() + least(o.wait_ms, 3600000) * interval '1 ms')
      ON CONFLICT (provider_id, model, tenant_id, cause) DO UPDATE SET opens_at = greatest(g.opens_at, excluded.opens_at);
    END IF;
  END LOOP;
END $$;

-- One more failure of a model. A probe that failed is followed by the next after a while. `opened` where it opened now.
CREATE FUNCTION count_failure(of_provider integer, of_model text, of_job uuid, of_epoch integer, at_once boolean, said text, failed_with text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  terms record;
  before breakers%ROWTYPE;
BEGIN
  SELECT * INTO terms FROM breaker_terms();
  INSERT INTO breakers (provider_id, model, failures, detail) VALUES (of_provider, of_model, 0, said)
    ON CONFLICT (provider_id, model) DO NOTHING;
  SELECT * INTO before FROM breakers WHERE provider_id = of_provider AND model = of_model FOR NO KEY UPDATE;
  IF before.opened_at IS NULL AND (at_once OR before.failures + 1 >= terms.failures_in_a_row) THEN
    UPDATE breakers SET failures = before.failures + 1, detail = said, code = failed_with, opened_at = clock_timestamp(),
           probe_at = clock_timestamp() + terms.probe_every
     WHERE provider_id = of_provider AND model = of_model;
    RETURN 'opened';
  END IF;
  UPDATE breakers
     SET failures = before.failures + 1, detail = said, code = failed_with,
         probe_at = CASE WHEN probe_job = of_job AND probe_epoch = of_epoch THEN clock_timestamp() + terms.probe_every
                         ELSE probe_at END
   WHERE provider_id = of_provider AND model = of_model;
  RETURN NULL;
END $$;

-- ------------------------------------------------------------------------------------------------------- gates

-- Everything that is shut for a provider's lanes now, with the scope that it covers. A breaker that is to be probed is
-- not: its one job may go.
CREATE FUNCTION shut_gates(of_provider integer, moment timestamptz)
RETURNS TABLE (cause gate_cause, model text, tenant_id integer, detail text, shut_at timestamptz, opens_at timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT g.cause, g.model, g.tenant_id, g.detail, g.shut_at, g.opens_at FROM gates g
   WHERE g.provider_id = ANY (ARRAY[0, of_provider]) AND (g.opens_at IS NULL OR g.opens_at > moment)
  UNION ALL
  SELECT 'breaker', b.model, 0, b.detail, b.opened_at, greatest(b.probe_at, moment + interval '1 s') FROM breakers b
   WHERE b.provider_id = of_provider AND b.opened_at IS NOT NULL
     AND (b.probe_at > moment OR probe_runs(b.probe_job, b.probe_epoch))
$$;

-- The gate that a lane waits for longest; no row where it is open. `opens_at` null: until somebody opens it.
CREATE FUNCTION gate_of(of_lane integer)
RETURNS TABLE (cause gate_cause, detail text, opens_at timestamptz) LANGUAGE sql STABLE AS $$
  SELECT g.cause, g.detail, g.opens_at
    FROM lanes lane
   CROSS JOIN LATERAL shut_gates(lane.provider_id, clock_timestamp()) AS g
   WHERE lane.id = of_lane AND g.model IN ('', lane.model) AND g.tenant_id IN (0, lane.tenant_id)
   ORDER BY g.opens_at DESC NULLS FIRST LIMIT 1
$$;

-- Pauses lanes by what is given, null for all, or lets them go on. True where that changed something.
CREATE FUNCTION pause_lanes(of_provider text, of_model text, of_tenant text, by_whom text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO gates (provider_id, model, tenant_id, cause, detail)
  VALUES (CASE WHEN of_provider IS NULL THEN 0 ELSE provider_id_of(of_provider) END, coalesce(of_model, ''),
          coalesce((SELECT id FROM tenants WHERE name = of_tenant), 0), 'paused', format('paused by %s', by_whom))
  ON CONFLICT (provider_id, model, tenant_id, cause) DO NOTHING;
  RETURN FOUND;
END $$;

CREATE FUNCTION resume_lanes(of_provider text, of_model text, of_tenant text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM gates
   WHERE cause = 'paused' AND model = coalesce(of_model, '')
     AND provider_id = CASE WHEN of_provider IS NULL THEN 0 ELSE (SELECT id FROM providers WHERE name = of_provider) END
     AND tenant_id = coalesce((SELECT id FROM tenants WHERE name = of_tenant), 0);
  RETURN FOUND;
END $$;

-- Lanes that something waits in or that something runs of, with the gate that each waits for. Counts all that wait: for
-- who looks at it, not for a loop.
CREATE FUNCTION read_lanes()
RETURNS TABLE (
  provider text, model text, tenant text, weight double precision, waiting bigint, delayed bigint, running bigint,
  oldest timestamptz, cause gate_cause, detail text, opens_at timestamptz
) LANGUAGE sql STABLE AS $$
  SELECT (SELECT p.name FROM providers p WHERE p.id = lane.provider_id), lane.model, t.name, t.weight, live.waiting,
         live.delayed, live.running, live.oldest, gate.cause, gate.detail, gate.opens_at
    FROM (SELECT l.lane_id, count(*) FILTER (WHERE l.worker_id IS NULL AND NOT l.parked) AS waiting,
                 count(*) FILTER (WHERE l.worker_id IS NULL AND l.parked) AS delayed,
                 count(*) FILTER (WHERE l.worker_id IS NOT NULL) AS running,
                 min(l.ready_at) FILTER (WHERE l.worker_id IS NULL AND NOT l.parked) AS oldest
            FROM live_jobs l GROUP BY l.lane_id) AS live
    JOIN lanes lane ON lane.id = live.lane_id
    JOIN tenants t ON t.id = lane.tenant_id
    LEFT JOIN LATERAL gate_of(lane.id) AS gate ON true
   ORDER BY 1, 2, 3
$$;

-- Circuit breakers that are not closed.
CREATE FUNCTION open_circuits()
RETURNS TABLE (provider text, model text, circuit text, detail text, since timestamptz) LANGUAGE sql STABLE AS $$
  SELECT p.name, b.model, CASE WHEN b.probe_at <= clock_timestamp() THEN 'half_open' ELSE 'open' END, b.detail, b.opened_at
    FROM breakers b JOIN providers p ON p.id = b.provider_id
   WHERE b.opened_at IS NOT NULL ORDER BY 1, 2
$$;

-- ------------------------------------------------------------------------------------------------------- claims

-- What a claim of a provider may take now. Nothing is set where nothing is shut and no limit applies.
--   shut        lanes that nothing is taken from
--   gated       those of them that a gate shuts, not a limit: their tenants earn no credit meanwhile
--   models      of which only so many jobs and so many tokens may be taken; a job stands for at most `largest` tokens
--   all_…       the same over all models
--   limits      the rate limits that count what is taken, their rows locked
--   probes      models of which the one job that is taken is a probe
--   opens_at    when what is shut may open: to be asked again then
--   leave_within_ms  how late a call may leave after it was counted; see `restamp_calls`
CREATE FUNCTION look_at_traffic(
  wanted_provider integer, entered integer[], moment timestamptz,
  OUT shut integer[], OUT gated integer[], OUT models text[], OUT most_jobs bigint[], OUT most_tokens bigint[],
  OUT largest bigint[], OUT all_jobs bigint, OUT all_tokens bigint, OUT all_largest bigint, OUT limits integer[],
  OUT probes text[], OUT opens_at timestamptz, OUT leave_within_ms integer
) LANGUAGE plpgsql AS $$
DECLARE
  gate_models text[];
  gate_tenants integer[];
  held record;
  closed_models text[] := '{}';
BEGIN
  shut := '{}';
  gated := '{}';
  IF (SELECT true FROM gates WHERE provider_id = ANY (ARRAY[0, wanted_provider]) LIMIT 1)
     OR (SELECT true FROM breakers WHERE provider_id = wanted_provider AND breakers.opened_at IS NOT NULL LIMIT 1) THEN
    SELECT array_agg(g.model), array_agg(g.tenant_id), min(g.opens_at) INTO gate_models, gate_tenants, opens_at
      FROM shut_gates(wanted_provider, moment) g;
    SELECT array_agg(b.model) INTO probes FROM breakers b
     WHERE b.provider_id = wanted_provider AND b.opened_at IS NOT NULL AND b.probe_at <= moment
       AND NOT probe_runs(b.probe_job, b.probe_epoch);
    IF gate_models IS NOT NULL THEN
      SELECT coalesce(array_agg(lane.id), '{}') INTO gated FROM lanes lane
       WHERE lane.provider_id = wanted_provider AND (lane.waiting OR lane.id = ANY (entered))
         AND EXISTS (SELECT FROM unnest(gate_models, gate_tenants) AS gate (model, tenant_id)
                      WHERE gate.model IN ('', lane.model) AND gate.tenant_id IN (0, lane.tenant_id));
      shut := gated;
    END IF;
    IF probes IS NOT NULL THEN
      models := probes;
      most_jobs := array_fill(1::bigint, ARRAY[cardinality(probes)]);
      most_tokens := array_fill(NULL::bigint, ARRAY[cardinality(probes)]);
      largest := most_tokens;
    END IF;
  END IF;

  IF (SELECT true FROM rate_limits r WHERE r.tenant_id = 0 AND r.key_id = 0
        AND r.provider_id = ANY (ARRAY[0, wanted_provider]) AND r.removed_at IS NULL LIMIT 1) IS NULL THEN RETURN; END IF;
  SELECT array_agg(r.id ORDER BY r.id) INTO limits FROM rate_limits r
   WHERE r.tenant_id = 0 AND r.key_id = 0 AND r.provider_id = ANY (ARRAY[0, wanted_provider]) AND r.removed_at IS NULL
     AND (r.model = ''
          OR (SELECT true FROM lanes lane WHERE lane.model = r.model AND lane.provider_id = wanted_provider LIMIT 1));
  IF limits IS NULL THEN RETURN; END IF;
  PERFORM hold_rates(limits, moment);
  FOR held IN
    SELECT r.model, r.window_ms, r.max_tokens, r.max_requests - sum_within(r.slices, r.requests, outside) AS jobs,
           r.max_tokens - sum_within(r.slices, r.tokens, outside) AS tokens,
           moment + ((SELECT min(s) FROM unnest(r.slices) AS s WHERE s > outside) - outside) * interval '1 ms' AS frees_at
      FROM rate_limits r CROSS JOIN LATERAL last_outside(r.window_ms, moment) AS outside
     WHERE r.id = ANY (limits)
  LOOP
    opens_at := least(opens_at, held.frees_at);
    leave_within_ms := least(leave_within_ms, greatest(held.window_ms / 100, 25));
    IF held.model = '' THEN
      all_jobs := least(all_jobs, CASE WHEN held.tokens <= 0 OR held.jobs < 0 THEN 0 ELSE held.jobs END);
      all_tokens := least(all_tokens, held.tokens);
      all_largest := least(all_largest, held.max_tokens);
    ELSIF held.jobs <= 0 OR held.tokens <= 0 THEN
      closed_models := closed_models || held.model;
    ELSE
      models := models || held.model;
      most_jobs := most_jobs || held.jobs;
      most_tokens := most_tokens || held.tokens;
      largest := largest || held.max_tokens;
    END IF;
  END LOOP;
  -- One line for each model, whatever limits it.
  SELECT array_agg(cap.model), array_agg(cap.jobs), array_agg(cap.tokens), array_agg(cap.largest)
    INTO models, most_jobs, most_tokens, largest
    FROM (SELECT c.model, min(c.jobs) AS jobs, min(c.tokens) AS tokens, min(c.largest) AS largest
            FROM unnest(models, most_jobs, most_tokens, largest) AS c (model, jobs, tokens, largest) GROUP BY c.model) AS cap;
  IF closed_models <> '{}' THEN
    shut := shut || ARRAY(
      SELECT lane.id FROM lanes lane
       WHERE lane.provider_id = wanted_provider AND lane.model = ANY (closed_models)
         AND (lane.waiting OR lane.id = ANY (entered)));
  END IF;
END $$;

-- Records what a claim took of models that are probed.
CREATE FUNCTION mark_probes(of_provider integer, probes text[], claimed uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM breakers WHERE provider_id = of_provider AND model = ANY (probes) ORDER BY model FOR NO KEY UPDATE;
  UPDATE breakers b SET probe_job = probe.job_id, probe_epoch = probe.epoch
    FROM (SELECT l.job_id, l.epoch, (SELECT model FROM lanes WHERE id = l.lane_id) AS model
            FROM live_jobs l WHERE l.job_id = ANY (claimed)) AS probe
   WHERE b.provider_id = of_provider AND b.model = probe.model AND b.model = ANY (probes);
END $$;

-- Moves the flows on that a claim looked at: those that it took from, and those that have nothing left to be claimed.
CREATE FUNCTION move_flows(
  of_provider integer, looked_at integer[], used_tenants integer[], used_tags double precision[], gated integer[],
  now_served double precision
) RETURNS void LANGUAGE sql AS $$
  INSERT INTO flows AS f (provider_id, tenant_id, tag, idle)
  SELECT of_provider, seen.tenant_id,
         coalesce((SELECT max(used.start) FROM unnest(used_tenants, used_tags) AS used (tenant_id, start)
                    WHERE used.tenant_id = seen.tenant_id)
                  + 1 / (SELECT weight FROM tenants WHERE id = seen.tenant_id),
                  (SELECT CASE WHEN earlier.idle THEN greatest(earlier.tag, now_served) ELSE earlier.tag END
                     FROM flows earlier WHERE earlier.provider_id = of_provider AND earlier.tenant_id = seen.tenant_id),
                  now_served),
         (SELECT true FROM lanes WHERE lanes.provider_id = of_provider AND lanes.tenant_id = seen.tenant_id AND waiting
             AND id <> ALL (gated) LIMIT 1) IS NULL
    FROM (SELECT DISTINCT tenant_id FROM unnest(looked_at) AS tenant_id) AS seen
  ON CONFLICT (provider_id, tenant_id) DO UPDATE SET tag = excluded.tag, idle = excluded.idle
   WHERE (f.tag, f.idle) IS DISTINCT FROM (excluded.tag, excluded.idle)
$$;
