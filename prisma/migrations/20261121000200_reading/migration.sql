-- Reading jobs. Functions, as those that write are, because a session that prepares such a statement while the tables are
-- small keeps a plan that reads through all of them once they are large. STABLE, so that all that they look at is of one
-- moment.

-- Whole jobs with everything that their view shows, in no order. A result of more than `largest` bytes is left out.
CREATE FUNCTION read_jobs(wanted uuid[], largest integer, with_raw boolean)
RETURNS TABLE (
  id uuid, tenant_id integer, type job_type, provider text, model text, model_version text, priority smallint,
  created_at timestamptz, created_micros bigint, outcome job_outcome, running boolean, started_at timestamptz,
  finished_at timestamptz, estimated_nano bigint, actual_nano bigint, retry_of uuid, error jsonb, parked boolean,
  ready_at timestamptz, waits_for_budget text, attempts json, plan json, moves jsonb, client_data jsonb, experiment text, arm text, result_bytes integer, result_body text, result_vectors bytea,
  raw text
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  of_day date;
BEGIN
  -- Day by day, so that each look touches one partition. A subquery with a limit is looked up for each job; without, it
  -- might become a join.
  FOR of_day IN SELECT DISTINCT j.payload_day FROM jobs j WHERE j.id = ANY (wanted) LOOP
    RETURN QUERY
      SELECT j.id, j.tenant_id, j.type, place.provider, place.model, coalesce(live.model_version, j.model_version),
             j.priority, j.created_at, (extract(epoch FROM j.created_at) * 1000000)::bigint, j.outcome,
             live.worker_id IS NOT NULL, coalesce(live.started_at, j.started_at), j.finished_at, j.estimated_nano,
             j.actual_nano, j.retry_of, j.error, live.parked, live.ready_at,
             (SELECT b.name FROM budgets b
               WHERE b.id = (SELECT w.budget_id FROM budget_windows w WHERE w.id = live.waits_for_window)),
             tried.attempts, stored.plan, j.moves, stored.client_data, given.experiment, given.arm,
             result.bytes, CASE WHEN result.bytes <= largest THEN result.body END,
             CASE WHEN result.bytes <= largest THEN result.vectors END,
             CASE WHEN result.bytes <= largest AND with_raw THEN result.raw END
        FROM jobs j
        LEFT JOIN LATERAL (SELECT * FROM live_jobs l WHERE l.job_id = j.id LIMIT 1) AS live ON true
       CROSS JOIN LATERAL (
         SELECT lane.model, (SELECT p.name FROM providers p WHERE p.id = lane.provider_id) AS provider
           FROM lanes lane WHERE lane.id = coalesce(live.lane_id, j.lane_id) LIMIT 1
       ) AS place
        LEFT JOIN LATERAL (
          SELECT a.experiment, a.arm FROM experiment_arms a
           WHERE a.id = (SELECT e.arm_id FROM exposures e WHERE e.job_id = j.id) LIMIT 1
        ) AS given ON true
        LEFT JOIN LATERAL (
          -- Only the names: what is sent to a target besides may be of any size.
          SELECT p.client_data, (
                   SELECT json_agg(json_build_object('provider', t -> 'provider', 'model', t -> 'model', 'version', t -> 'version'))
                     FROM jsonb_array_elements(p.plan -> 'targets') AS t) AS plan
            FROM job_payloads p WHERE p.day = of_day AND p.job_id = j.id LIMIT 1
        ) AS stored ON true
        LEFT JOIN LATERAL (
          SELECT octet_length(r.body) + coalesce(octet_length(r.vectors), 0) AS bytes, r.body, r.vectors, r.raw
            FROM job_results r WHERE r.day = of_day AND r.job_id = j.id AND r.epoch = j.result_epoch LIMIT 1
        ) AS result ON true
       CROSS JOIN LATERAL (
         SELECT json_agg(json_build_object(
                  'number', a.number, 'state', a.state, 'provider', target.provider, 'model', target.model,
                  'started_at', a.started_at, 'finished_at', a.finished_at, 'cost_nano', a.cost_nano::text,
                  'estimated', a.estimated, 'prompt_tokens', a.prompt_tokens, 'completion_tokens', a.completion_tokens,
                  'cached_tokens', a.cached_tokens, 'reasoning_tokens', a.reasoning_tokens, 'images', a.images,
                  'error', a.error) ORDER BY a.number) AS attempts
           FROM attempts a
          CROSS JOIN LATERAL (
            SELECT lane.model, (SELECT p.name FROM providers p WHERE p.id = lane.provider_id) AS provider
              FROM lanes lane WHERE lane.id = a.lane_id LIMIT 1
          ) AS target
          WHERE a.job_id = j.id AND a.started_at IS NOT NULL
       ) AS tried
       WHERE j.id = ANY (wanted) AND j.payload_day = of_day;
  END LOOP;
END $$;

-- How many bytes `read_jobs` would answer of results, of what clients attached, and of errors: what has no fixed size.
CREATE FUNCTION weigh_jobs(wanted uuid[], largest integer) RETURNS bigint
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  of_day date;
  of_days bigint := 0;
BEGIN
  FOR of_day IN SELECT DISTINCT j.payload_day FROM jobs j WHERE j.id = ANY (wanted) LOOP
    of_days := of_days + coalesce((
      SELECT sum(
               coalesce(octet_length(j.error::text), 0) + coalesce(octet_length(j.moves::text), 0)
               + coalesce((SELECT octet_length(p.client_data::text) FROM job_payloads p
                            WHERE p.day = of_day AND p.job_id = j.id LIMIT 1), 0)
               + coalesce((SELECT CASE WHEN result.bytes <= largest THEN result.bytes END
                             FROM (SELECT octet_length(r.body) + coalesce(octet_length(r.vectors), 0) AS bytes
                                     FROM job_results r
                                    WHERE r.day = of_day AND r.job_id = j.id AND r.epoch = j.result_epoch LIMIT 1
                                  ) AS result), 0)
               + coalesce((SELECT sum(octet_length(a.error::text)) FROM attempts a WHERE a.job_id = j.id), 0))
        FROM jobs j WHERE j.id = ANY (wanted) AND j.payload_day = of_day), 0);
  END LOOP;
  RETURN of_days;
END $$;

-- The ids of the newest jobs of a list, those after a position in it; null where it does not ask for something.
-- Planned anew each time: what is not asked for falls away. Of jobs ever made each look reads a page from an index that
-- begins with what is asked for; only those that have not ended, and those of one lane, may be read through for the rest.
CREATE FUNCTION list_jobs(
  of_tenant integer, with_status text, of_type job_type, of_model text, after_moment timestamptz, after_id uuid,
  at_most integer
) RETURNS SETOF uuid LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
DECLARE
  last_moment timestamptz := coalesce(after_moment, 'infinity');
  last_id uuid := coalesce(after_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
BEGIN
  IF with_status IN ('queued', 'running') THEN
    RETURN QUERY
      SELECT l.job_id FROM live_jobs l
       WHERE CASE with_status
               WHEN 'queued' THEN l.worker_id IS NULL
               -- Few: they are found by themselves, and not among all that wait.
               ELSE l.job_id = ANY (ARRAY(SELECT r.job_id FROM live_jobs r WHERE r.worker_id IS NOT NULL)) END
         AND (of_tenant IS NULL OR l.tenant_id = of_tenant) AND (of_type IS NULL OR l.type = of_type)
         AND (of_model IS NULL OR l.lane_id = ANY (ARRAY(SELECT id FROM lanes WHERE model = of_model)))
         AND (l.created_at, l.job_id) < (last_moment, last_id)
       ORDER BY l.created_at DESC, l.job_id DESC LIMIT at_most;
  ELSIF of_model IS NOT NULL THEN
    RETURN QUERY
      SELECT newest.id FROM lanes lane
       CROSS JOIN LATERAL (
         SELECT j.id, j.created_at FROM jobs j
          WHERE j.lane_id = lane.id AND j.tenant_id = lane.tenant_id
            AND (with_status IS NULL OR j.outcome = with_status::job_outcome) AND (of_type IS NULL OR j.type = of_type)
            AND (j.created_at, j.id) < (last_moment, last_id)
          ORDER BY j.created_at DESC, j.id DESC LIMIT at_most
       ) AS newest
       WHERE lane.model = of_model AND (of_tenant IS NULL OR lane.tenant_id = of_tenant)
       ORDER BY newest.created_at DESC, newest.id DESC LIMIT at_most;
  ELSIF of_tenant IS NULL AND with_status IS NULL AND of_type IS NULL THEN
    RETURN QUERY
      SELECT j.id FROM jobs j WHERE (j.created_at, j.id) < (last_moment, last_id)
       ORDER BY j.created_at DESC, j.id DESC LIMIT at_most;
  ELSE
    RETURN QUERY
      SELECT newest.id FROM tenants t
       -- From null to null are all of them.
       CROSS JOIN unnest(enum_range(of_type, of_type)) AS kind
       CROSS JOIN LATERAL (
         SELECT j.id, j.created_at FROM jobs j
          WHERE j.tenant_id = t.id AND j.type = kind AND (with_status IS NULL OR j.outcome = with_status::job_outcome)
            AND (j.created_at, j.id) < (last_moment, last_id)
          ORDER BY j.created_at DESC, j.id DESC LIMIT at_most
       ) AS newest
       WHERE of_tenant IS NULL OR t.id = of_tenant
       ORDER BY newest.created_at DESC, newest.id DESC LIMIT at_most;
  END IF;
END $$;

-- Jobs that have waited for a while and could be claimed now: some of each provider, whichever are found first.
CREATE FUNCTION claimable_jobs(at_most integer, waited interval)
RETURNS TABLE (provider text, job_id uuid, priority smallint)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT p.name, found.job_id, found.priority
      FROM providers p
     CROSS JOIN LATERAL (
       SELECT l.job_id, l.priority
         FROM (SELECT id FROM lanes WHERE lanes.provider_id = p.id AND waiting OFFSET 0) AS lane
        CROSS JOIN LATERAL (
          SELECT * FROM live_jobs l
           WHERE l.lane_id = lane.id AND l.worker_id IS NULL AND NOT l.parked AND l.ready_at < clock_timestamp() - waited
           LIMIT at_most
        ) AS l
        LIMIT at_most
     ) AS found;
END $$;

-- How many jobs of a tenant have not ended, counted up to a number.
CREATE FUNCTION count_live_jobs(of_tenant integer, at_most integer) RETURNS bigint
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  RETURN (SELECT count(*) FROM (SELECT FROM live_jobs l WHERE l.tenant_id = of_tenant LIMIT at_most) AS counted);
END $$;
