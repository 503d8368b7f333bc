-- What choices learn from: how soon the models of each provider answer and how often they fail, and how good their answers
-- were said to be for each kind of task. Each figure is a mean whose parts lose half of their weight every so often. They
-- are folded by the courier from what settlements (`usage_deltas`) and feedback append, so no two transactions want a row.

-- Weights as of `at`. `faults` are the attempts that failed by the vendor's fault, `answers` those that succeeded.
CREATE TABLE model_measurements (
  provider_id integer NOT NULL,
  model text NOT NULL,
  at timestamptz NOT NULL,
  faults double precision NOT NULL,
  answers double precision NOT NULL,
  latency_ms double precision NOT NULL,
  PRIMARY KEY (provider_id, model)
) WITH (fillfactor = 50);

-- What a client says of an answer; the last word on a job stands.
CREATE TABLE feedback (
  job_id uuid PRIMARY KEY,
  tenant_id integer NOT NULL,
  key_id integer NOT NULL,
  model text NOT NULL,
  task text,
  score double precision CHECK (score BETWEEN 0 AND 1),
  expected text,
  label text,
  at timestamptz NOT NULL
);

-- A score that is given, or taken back with a weight of -1.
CREATE TABLE quality_deltas (
  at timestamptz NOT NULL,
  model text NOT NULL,
  task text NOT NULL,
  weight smallint NOT NULL,
  score double precision NOT NULL
);

CREATE TABLE model_quality (
  model text NOT NULL,
  task text NOT NULL,
  at timestamptz NOT NULL,
  weight double precision NOT NULL,
  score double precision NOT NULL,
  PRIMARY KEY (model, task)
) WITH (fillfactor = 50);

-- How soon weights halve: of calls, which tell of now, and of scores, which are few.
CREATE FUNCTION half_lives(OUT of_calls interval, OUT of_scores interval) LANGUAGE sql IMMUTABLE AS $$
  SELECT interval '10 min', interval '30 days'
$$;

-- What is left of a weight. Beyond a thousand halvings the number itself would underflow.
CREATE FUNCTION faded(age interval, half_life interval) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
  SELECT power(0.5, least(greatest(extract(epoch FROM age)::float8, 0) / extract(epoch FROM half_life)::float8, 1000))
$$;

-- Adds what settled attempts say of their models.
CREATE FUNCTION add_measurements(taken usage_deltas[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO model_measurements AS known (provider_id, model, at, faults, answers, latency_ms)
  SELECT lane.provider_id, lane.model, clock_timestamp(), coalesce(sum(fading.weight) FILTER (WHERE t.at_fault), 0),
         coalesce(sum(fading.weight) FILTER (WHERE t.state = 'succeeded'), 0),
         coalesce(sum(fading.weight * latency_of(t.started_at, t.at)) FILTER (WHERE t.state = 'succeeded'), 0)
    FROM unnest(taken) t JOIN lanes lane ON lane.id = t.lane_id CROSS JOIN half_lives() h
   CROSS JOIN LATERAL faded(clock_timestamp() - t.at, h.of_calls) AS fading (weight)
   WHERE t.state = 'succeeded' OR t.at_fault
   GROUP BY 1, 2
  ON CONFLICT (provider_id, model) DO UPDATE
    SET at = excluded.at,
        (faults, answers, latency_ms) = (
          SELECT known.faults * left_of + excluded.faults, known.answers * left_of + excluded.answers,
                 known.latency_ms * left_of + excluded.latency_ms
            FROM half_lives() h CROSS JOIN LATERAL faded(excluded.at - known.at, h.of_calls) AS left_of)
$$;

-- Folds scores. One courier at a time.
CREATE FUNCTION fold_quality(at_most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  folded integer;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('switchyard.quality')) THEN RETURN 0; END IF;
  WITH taken AS MATERIALIZED (
    DELETE FROM quality_deltas WHERE ctid = ANY (ARRAY(SELECT ctid FROM quality_deltas LIMIT at_most)) RETURNING *
  ), added AS (
    INSERT INTO model_quality AS known (model, task, at, weight, score)
    SELECT t.model, t.task, clock_timestamp(), sum(t.weight * fading.weight), sum(t.weight * fading.weight * t.score)
      FROM taken t CROSS JOIN half_lives() h
     CROSS JOIN LATERAL faded(clock_timestamp() - t.at, h.of_scores) AS fading (weight)
     GROUP BY 1, 2
    ON CONFLICT (model, task) DO UPDATE
      SET at = excluded.at,
          (weight, score) = (
            SELECT known.weight * left_of + excluded.weight, known.score * left_of + excluded.score
              FROM half_lives() h CROSS JOIN LATERAL faded(excluded.at - known.at, h.of_scores) AS left_of)
  ) SELECT count(*) INTO folded FROM taken;
  RETURN folded;
END $$;

-- Keeps what a client says of a job's answer. What it said before is taken back as it was given.
CREATE FUNCTION give_feedback(said feedback) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
  before feedback%ROWTYPE;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('switchyard.feedback ' || said.job_id, 0));
  SELECT * INTO before FROM feedback WHERE job_id = said.job_id;
  said.at := clock_timestamp();
  INSERT INTO feedback SELECT said.*
    ON CONFLICT (job_id) DO UPDATE
      SET key_id = excluded.key_id, task = excluded.task, score = excluded.score, expected = excluded.expected,
          label = excluded.label, at = excluded.at;
  INSERT INTO quality_deltas (at, model, task, weight, score)
  SELECT one.at, said.model, one.task, one.weight, one.score
    FROM (VALUES (before.at, before.task, -1, before.score), (said.at, said.task, 1, said.score))
           AS one (at, task, weight, score)
   WHERE one.task IS NOT NULL AND one.score IS NOT NULL;
  PERFORM record_quality(said.job_id, said.score);
  RETURN said.at;
END $$;

-- What is known of each model that jobs were ever sent to. `available`: no gate keeps all of its lanes shut; one whose
-- breaker is due to be probed takes jobs, because a job is the probe. `busy`, where it is asked for: jobs that run or wait,
-- of the latter at most a hundred in a lane.
CREATE FUNCTION read_measurements(with_busy boolean)
RETURNS TABLE (model text, faults double precision, answers double precision, latency_ms double precision,
               available boolean, busy bigint)
LANGUAGE sql STABLE AS $$
  WITH places AS (
    SELECT lane.provider_id, lane.model,
           CASE WHEN with_busy THEN sum((
             SELECT count(*) FROM (
               SELECT FROM live_jobs j WHERE j.lane_id = lane.id AND j.worker_id IS NULL AND NOT j.parked LIMIT 100
             ) AS waits)) + sum((
             SELECT count(*) FROM live_jobs j
              WHERE j.provider_id = lane.provider_id AND j.worker_id IS NOT NULL AND j.lane_id = lane.id)) END AS busy
      FROM lanes lane GROUP BY lane.provider_id, lane.model
  )
  SELECT place.model, coalesce(sum(m.faults * left_of), 0), coalesce(sum(m.answers * left_of), 0),
         coalesce(sum(m.latency_ms * left_of), 0),
         bool_or(NOT EXISTS (
           SELECT FROM gates g
            WHERE g.provider_id IN (0, place.provider_id) AND g.model IN ('', place.model) AND g.tenant_id = 0
              AND (g.opens_at IS NULL OR g.opens_at > clock_timestamp())) AND NOT EXISTS (
           SELECT FROM breakers b
            WHERE b.provider_id = place.provider_id AND b.model IN ('', place.model) AND b.opened_at IS NOT NULL
              AND (b.probe_at IS NULL OR b.probe_at > clock_timestamp()))),
         sum(place.busy)::bigint
    FROM places place
    LEFT JOIN model_measurements m ON m.provider_id = place.provider_id AND m.model = place.model
   CROSS JOIN half_lives() h
   CROSS JOIN LATERAL faded(clock_timestamp() - m.at, h.of_calls) AS left_of
   GROUP BY place.model
$$;
