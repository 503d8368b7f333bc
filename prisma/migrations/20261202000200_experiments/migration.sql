-- Experiments: who was given which arm, and what came of it. The assignment itself is a hash and is not stored; a job that
-- was given an arm has one row here, written with its admission and completed by its end.

CREATE TABLE experiment_arms (
  id serial PRIMARY KEY,
  experiment text NOT NULL,
  arm text NOT NULL,
  UNIQUE (experiment, arm)
);

CREATE TABLE exposures (
  job_id uuid PRIMARY KEY,
  arm_id integer NOT NULL,
  -- hash of the user, or of what stands for one: answers of one unit are alike
  unit bigint NOT NULL,
  -- null until the job ends, and for ever where it was canceled or expired
  success boolean,
  cost_nano bigint,
  -- from the first claim to the end of a job that succeeded
  latency_ms bigint,
  -- 0 to 1, by feedback or a scorer
  quality double precision
) WITH (fillfactor = 80);
CREATE INDEX exposures_arm_id_idx ON exposures (arm_id);

CREATE FUNCTION arm_id_of(of_experiment text, of_arm text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  found_id integer;
BEGIN
  SELECT id INTO found_id FROM experiment_arms WHERE experiment = of_experiment AND arm = of_arm;
  IF found_id IS NULL THEN
    INSERT INTO experiment_arms (experiment, arm) VALUES (of_experiment, of_arm) ON CONFLICT (experiment, arm) DO NOTHING;
    SELECT id INTO found_id FROM experiment_arms WHERE experiment = of_experiment AND arm = of_arm;
  END IF;
  RETURN found_id;
END $$;

-- Records what came of a job that was given an arm. One that was canceled, or never begun, says nothing of its arm.
CREATE FUNCTION record_outcome(ended uuid, final job_outcome, cost bigint, began timestamptz) RETURNS void
LANGUAGE sql AS $$
  UPDATE exposures SET success = final = 'succeeded', cost_nano = cost,
         latency_ms = CASE WHEN final = 'succeeded' THEN (extract(epoch FROM clock_timestamp() - began) * 1000)::bigint END
   WHERE job_id = ended AND final IN ('succeeded', 'failed')
$$;

-- Records how good the answer of a job was that was given an arm; the last word counts.
CREATE FUNCTION record_quality(of_job uuid, score double precision) RETURNS void LANGUAGE sql AS $$
  UPDATE exposures SET quality = score WHERE job_id = of_job
$$;

-- The sums of an experiment's arms by metric, over units: n answers of a unit have the metric, s is their sum of it.
CREATE FUNCTION read_experiment(wanted text)
RETURNS TABLE (arm text, assignments bigint, metric text, users bigint, count double precision,
               count_squared double precision, total double precision, total_squared double precision,
               total_times_count double precision)
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
  WITH units AS (
    SELECT e.arm_id, e.unit, count(*) AS assignments, count(e.success) AS answers,
           count(*) FILTER (WHERE e.success) AS successes, count(e.quality) AS rated, sum(e.quality) AS quality,
           sum(e.cost_nano) / 1e9 AS cost, count(e.latency_ms) AS timed, sum(e.latency_ms) AS latency
      FROM experiment_arms a JOIN exposures e ON e.arm_id = a.id
     WHERE a.experiment = wanted GROUP BY e.arm_id, e.unit
  ), measured AS (
    SELECT u.arm_id, u.assignments, m.metric, m.n::double precision AS n, coalesce(m.s, 0)::double precision AS s
      FROM units u CROSS JOIN LATERAL (VALUES ('success', u.answers, u.successes::numeric),
                                              ('quality', u.rated, u.quality::numeric),
                                              ('cost', u.answers, u.cost),
                                              ('latency', u.timed, u.latency)) AS m (metric, n, s)
  )
  SELECT a.arm, coalesce(sum(m.assignments), 0)::bigint, m.metric, count(*) FILTER (WHERE m.n > 0),
         coalesce(sum(m.n), 0), coalesce(sum(m.n * m.n), 0), coalesce(sum(m.s), 0), coalesce(sum(m.s * m.s), 0),
         coalesce(sum(m.s * m.n), 0)
    FROM experiment_arms a JOIN measured m ON m.arm_id = a.id
   WHERE a.experiment = wanted GROUP BY a.arm, m.metric ORDER BY a.arm, m.metric
$$;
