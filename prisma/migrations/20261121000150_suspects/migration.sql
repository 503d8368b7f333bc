-- A job that has ended two workers is a suspect: from then on it runs alone in its process, so that it takes no neighbours
-- with it. One worker is set aside for the suspects of a provider: it takes nothing more until what it holds has ended, then
-- one suspect after the other, each alone. At most half of the workers of a kind are set aside at once, and one where there
-- is but one; the others pass suspects over.

-- Locks a worker for a claim. Without suspects claims of one worker for several providers go side by side; with them, one
-- after the other, since each must see what the others took. Not alive: its lease is gone, or another claim set it aside just
-- now, and the next look will see to it.
CREATE FUNCTION lock_worker(claiming_worker integer, OUT alive boolean, OUT careful boolean) LANGUAGE plpgsql AS $$
DECLARE
  aside integer;
BEGIN
  careful := coalesce((SELECT true FROM live_jobs WHERE crashes >= 2 LIMIT 1), false)
             OR coalesce((SELECT set_aside_for IS NOT NULL FROM workers WHERE id = claiming_worker), false);
  IF careful THEN
    PERFORM 1 FROM workers WHERE id = claiming_worker AND stopped_at IS NULL FOR UPDATE;
    alive := FOUND;
  ELSE
    SELECT set_aside_for INTO aside FROM workers WHERE id = claiming_worker AND stopped_at IS NULL FOR KEY SHARE;
    alive := FOUND AND aside IS NULL;
  END IF;
END $$;

-- The suspect of a provider whose turn it is. The subquery (`OFFSET 0` keeps it one) leaves no index to choose but that of
-- the suspects, which are few: by what the rest asks for, all that waits could be read.
CREATE FUNCTION waiting_suspect(wanted_provider integer, moment timestamptz) RETURNS SETOF live_jobs LANGUAGE sql AS $$
  SELECT l.* FROM (SELECT * FROM live_jobs WHERE provider_id = wanted_provider AND crashes >= 2 OFFSET 0) l
   WHERE l.worker_id IS NULL AND NOT l.parked AND (l.deadline_at IS NULL OR l.deadline_at > moment)
   ORDER BY l.rank, l.job_id LIMIT 1
$$;

-- What a locked worker does about the suspects of a provider: it runs one, or stands aside and takes nothing, or passes
-- them over.
CREATE FUNCTION next_suspect(claiming_worker integer, wanted_provider integer, moment timestamptz,
                             OUT stands_aside boolean, OUT suspect uuid, OUT of_lane integer, OUT of_rank bigint)
LANGUAGE plpgsql AS $$
DECLARE
  aside_for integer;
  of_kind text;
  waiting live_jobs%ROWTYPE;
BEGIN
  SELECT set_aside_for, kind INTO aside_for, of_kind FROM workers WHERE id = claiming_worker;
  stands_aside := aside_for IS NOT NULL
    AND (SELECT true FROM live_jobs WHERE worker_id = claiming_worker AND crashes >= 2 LIMIT 1) IS NOT NULL;
  IF stands_aside THEN RETURN; END IF;
  IF aside_for IS NOT NULL AND NOT EXISTS (SELECT FROM waiting_suspect(aside_for, moment)) THEN
    UPDATE workers SET set_aside_for = NULL WHERE id = claiming_worker;
    aside_for := NULL;
  END IF;
  stands_aside := coalesce(aside_for <> wanted_provider, false);
  IF stands_aside THEN RETURN; END IF;

  SELECT * INTO waiting FROM waiting_suspect(wanted_provider, moment);
  IF NOT FOUND THEN RETURN; END IF;
  IF aside_for IS NULL THEN
    IF (SELECT count(*) FILTER (WHERE set_aside_for IS NOT NULL) >= (count(*) + 1) / 2
          FROM workers WHERE kind = of_kind AND stopped_at IS NULL) THEN RETURN; END IF;
    UPDATE workers SET set_aside_for = wanted_provider WHERE id = claiming_worker;
  END IF;
  stands_aside := (SELECT true FROM live_jobs WHERE worker_id = claiming_worker LIMIT 1) IS NOT NULL;
  IF stands_aside THEN RETURN; END IF;
  suspect := waiting.job_id;
  of_lane := waiting.lane_id;
  of_rank := waiting.rank;
END $$;
