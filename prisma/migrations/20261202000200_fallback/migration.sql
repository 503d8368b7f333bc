-- Jobs that wait at a target whose gate is shut for longer than they wait go on at the next one of their plan, without an
-- attempt. What keeps a tenant or everything back holds at every target, and moves nothing on.

-- What shuts lanes for longer than a job that could go on elsewhere waits: a vendor's limit for over a minute, an open
-- breaker or a pause at once. `code` is what an attempt would fail with.
CREATE FUNCTION lanes_to_leave(moment timestamptz)
RETURNS TABLE (lane_id integer, code text, detail text, opens_at timestamptz) LANGUAGE sql STABLE AS $$
  SELECT lane.id, shut.code, shut.detail, shut.opens_at
    FROM (SELECT g.provider_id, g.model, CASE WHEN g.cause = 'paused' THEN 'model_unavailable' ELSE 'rate_limited' END AS code,
                 g.detail, g.opens_at
            FROM gates g
           WHERE g.provider_id <> 0 AND g.tenant_id = 0 AND (g.opens_at IS NULL OR g.opens_at > moment)
          UNION ALL
          SELECT b.provider_id, b.model, b.code, b.detail, NULL FROM breakers b
           WHERE b.opened_at IS NOT NULL AND (b.probe_at > moment OR probe_runs(b.probe_job, b.probe_epoch))
         ) AS shut
   CROSS JOIN LATERAL (
     SELECT l.id FROM lanes l
      WHERE l.provider_id = shut.provider_id AND l.waiting AND shut.model IN ('', l.model) OFFSET 0) AS lane
$$;

-- Looks through the front of each such lane, a hundred jobs each time. `kinds`: for each code, what `fallbackOn` must name. A job that has started
-- and whose time is up before a limit ends fails with it where it has nowhere to go. Answers where each job went; a null
-- provider: it ended.
CREATE FUNCTION leave_shut_targets(at_most integer, kinds jsonb)
RETURNS TABLE (job_id uuid, provider text, priority smallint)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  moment timestamptz := clock_timestamp();
  shut record;
  due uuid[] := '{}';
  codes text[] := '{}';
  details text[] := '{}';
  waits numeric[] := '{}';
  live live_jobs%ROWTYPE;
  place integer;
  reason jsonb;
  onward move;
  moving move[] := '{}';
BEGIN
  FOR shut IN
    SELECT left_job.job_id, lane.code, lane.detail, extract(epoch FROM lane.opens_at - moment) AS wait
      FROM lanes_to_leave(moment) AS lane
     CROSS JOIN LATERAL (
       SELECT front.* FROM (
         SELECT l.job_id, l.target, l.last_target, l.deadline_at FROM live_jobs l
          WHERE l.lane_id = lane.lane_id AND l.worker_id IS NULL AND NOT l.parked ORDER BY l.rank, l.job_id LIMIT 100
       ) AS front
        WHERE lane.opens_at >= front.deadline_at
           OR front.target < front.last_target AND (lane.opens_at IS NULL OR lane.code <> 'rate_limited'
                                                    OR lane.opens_at > moment + interval '60 s')
     ) AS left_job LIMIT at_most
  LOOP
    due := due || shut.job_id;
    codes := codes || shut.code;
    details := details || shut.detail;
    waits := waits || ceil(shut.wait);
  END LOOP;
  IF due = '{}' THEN RETURN; END IF;

  FOR live IN SELECT l.* FROM live_jobs l WHERE l.job_id = ANY (due) AND l.worker_id IS NULL AND NOT l.parked
               ORDER BY l.job_id FOR UPDATE SKIP LOCKED LOOP
    place := array_position(due, live.job_id);
    reason := jsonb_strip_nulls(jsonb_build_object(
      'type', 'provider_error', 'code', codes[place], 'retryable', true, 'retryAfterSeconds', waits[place],
      'message', format('It was not tried: %s. Retry the job later.', rtrim(details[place], '.'))));
    onward := NULL;
    IF live.target < live.last_target AND (
         SELECT kinds ? codes[place] AND (p.plan -> 'fallbackOn' ? 'any' OR p.plan -> 'fallbackOn' ? (kinds ->> codes[place]))
           FROM job_payloads p WHERE p.day = live.payload_day AND p.job_id = live.job_id) THEN
      onward := next_move(live, reason);
    END IF;
    IF onward.job_id IS NOT NULL THEN
      PERFORM release_reservation(live);
      -- The next claim opens an attempt of its own, whatever was reserved before.
      UPDATE live_jobs l SET epoch = l.epoch + 1 WHERE l.job_id = live.job_id;
      moving := moving || onward;
    ELSIF codes[place] = 'rate_limited' AND live.deadline_at < moment + waits[place] * interval '1 s' THEN
      PERFORM end_job(live, 'failed', reason, NULL);
    ELSE
      CONTINUE;
    END IF;
    job_id := live.job_id;
    provider := onward.provider;
    priority := live.priority;
    RETURN NEXT;
  END LOOP;
  IF cardinality(moving) > 0 THEN PERFORM open_lanes(move_jobs(moving)); END IF;
END $$;
