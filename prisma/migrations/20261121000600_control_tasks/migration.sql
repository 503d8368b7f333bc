-- What must ask a vendor outside a job: health, a list of models, a token's test. Whoever wants to know writes a row; a
-- worker that serves the provider claims it, asks, and writes the answer into it. Rows are few and soon forgotten.

CREATE TABLE control_tasks (
  id bigserial PRIMARY KEY,
  provider text NOT NULL,
  -- what to ask; read by the worker, which answers what it does not know as well
  kind text NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  -- nobody waits for the answer any longer
  expires_at timestamptz NOT NULL,
  worker_id integer,
  answered_at timestamptz,
  -- nothing secret
  answer jsonb
);
CREATE INDEX control_tasks_open ON control_tasks (provider, id) WHERE answered_at IS NULL;

CREATE FUNCTION ask_provider(of_provider text, of_kind text, with_payload jsonb, lives_ms integer) RETURNS bigint
LANGUAGE sql AS $$
  INSERT INTO control_tasks (provider, kind, payload, created_at, expires_at)
  VALUES (of_provider, of_kind, with_payload, clock_timestamp(), clock_timestamp() + lives_ms * interval '1 ms')
  RETURNING id
$$;

-- Gives a worker the oldest tasks of its providers that nobody works on. Those of a worker that died are anybody's again.
CREATE FUNCTION claim_control_tasks(claiming_worker integer, of_providers text[], at_most integer)
RETURNS TABLE (id bigint, provider text, kind text, payload jsonb, remaining_ms double precision)
LANGUAGE sql AS $$
  UPDATE control_tasks t SET worker_id = claiming_worker
   WHERE t.id IN (
     SELECT o.id FROM control_tasks o
      WHERE o.answered_at IS NULL AND o.provider = ANY (of_providers) AND o.expires_at > clock_timestamp()
        AND (o.worker_id IS NULL
             OR NOT EXISTS (SELECT FROM workers w WHERE w.id = o.worker_id AND w.stopped_at IS NULL))
      ORDER BY o.id LIMIT at_most FOR UPDATE SKIP LOCKED)
  RETURNING t.id, t.provider, t.kind, t.payload, extract(epoch FROM t.expires_at - clock_timestamp()) * 1000
$$;

-- False where the task is another's by now, or forgotten.
CREATE FUNCTION answer_control_task(of_task bigint, answering_worker integer, with_answer jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE control_tasks SET answer = with_answer, answered_at = clock_timestamp()
   WHERE id = of_task AND worker_id = answering_worker AND answered_at IS NULL;
  RETURN FOUND;
END $$;

-- Deletes what nobody has waited for since so long. Returns how many; more may be left when it is at_most.
CREATE FUNCTION forget_control_tasks(since interval, at_most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  forgotten integer;
BEGIN
  DELETE FROM control_tasks WHERE id IN (
    SELECT id FROM control_tasks WHERE expires_at < clock_timestamp() - since ORDER BY id LIMIT at_most
    FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;

-- How the list of each provider's vendor compared with ours when it was last asked for.
CREATE TABLE model_checks (
  provider text PRIMARY KEY,
  -- whoever comes from then on may begin the next check
  due_at timestamptz NOT NULL,
  checked_at timestamptz,
  -- { new, retired, unpriced }; null where no check has succeeded yet
  report jsonb,
  -- why the last check failed; null where it did not
  error text
);

-- Whether a check is due, for one of those who ask; it is due again after `again_in`, unless it ends well before.
-- What was never seen is due after `first_in`, when its worker has had time to start.
CREATE FUNCTION begin_model_check(of_provider text, first_in interval, again_in interval) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE model_checks SET due_at = clock_timestamp() + again_in
   WHERE provider = of_provider AND due_at <= clock_timestamp();
  IF FOUND THEN RETURN true; END IF;
  INSERT INTO model_checks (provider, due_at) VALUES (of_provider, clock_timestamp() + first_in) ON CONFLICT DO NOTHING;
  RETURN false;
END $$;

-- Keeps what a check found, or why it failed; then what was found before stays.
CREATE FUNCTION end_model_check(of_provider text, found jsonb, failure text, again_in interval) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO model_checks (provider, due_at, checked_at, report, error)
  VALUES (of_provider, clock_timestamp() + again_in, CASE WHEN failure IS NULL THEN clock_timestamp() END, found, failure)
  ON CONFLICT (provider) DO UPDATE
    SET due_at = excluded.due_at, error = excluded.error,
        checked_at = coalesce(excluded.checked_at, model_checks.checked_at),
        report = CASE WHEN failure IS NULL THEN excluded.report ELSE model_checks.report END
$$;
