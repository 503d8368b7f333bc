-- Budgets: what may be spent in a day or a month, and by whom.
--
-- `spent + reserved - overrun` never passes a limit that blocks. An attempt reserves an upper bound of its cost in the
-- statement that records it, under the locks of the windows that apply to it; so the sum never passes a blocking limit.
-- A settlement takes no lock: it appends a delta, which can only lower the sum, and the next holder folds it in. What
-- passed a reservation counts against what follows: room is limit - spent - reserved.
-- Windows are locked in the order of their ids, after live_jobs and before lanes.

CREATE TYPE budget_rule AS ENUM ('block', 'warn', 'wait');
CREATE TYPE budget_period AS ENUM ('daily', 'monthly');

-- A name whose scope or time zone changes gets a new row: its windows would count something else.
CREATE TABLE budgets (
  id serial PRIMARY KEY,
  name text NOT NULL,
  -- 0 and '' stand for all, so that one index finds what applies
  tenant_id integer NOT NULL DEFAULT 0,
  key_id integer NOT NULL DEFAULT 0,
  model text NOT NULL DEFAULT '',
  time_zone text NOT NULL,
  daily_nano bigint CHECK (daily_nano > 0),
  monthly_nano bigint CHECK (monthly_nano > 0),
  -- parts per million of a limit
  alert_ppm integer NOT NULL,
  rule budget_rule NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  removed_at timestamptz
);
CREATE UNIQUE INDEX budgets_name ON budgets (name) WHERE removed_at IS NULL;
CREATE INDEX budgets_scope ON budgets (tenant_id, key_id, model) WHERE removed_at IS NULL;

CREATE TABLE budget_windows (
  id serial PRIMARY KEY,
  budget_id integer NOT NULL REFERENCES budgets (id),
  period budget_period NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  -- Wider than what they add up: a budget that only warns never makes a statement fail, whatever it is passed by.
  spent_nano numeric(30, 0) NOT NULL DEFAULT 0,
  reserved_nano numeric(30, 0) NOT NULL DEFAULT 0,
  overrun_nano numeric(30, 0) NOT NULL DEFAULT 0,
  -- each told once a window
  alerted_at timestamptz,
  exceeded_at timestamptz,
  UNIQUE (budget_id, period, starts_at)
) WITH (fillfactor = 50);

CREATE TABLE budget_deltas (
  id bigserial PRIMARY KEY,
  window_id integer NOT NULL,
  spent_nano bigint NOT NULL,
  reserved_nano bigint NOT NULL,
  overrun_nano bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
CREATE INDEX budget_deltas_window_id_idx ON budget_deltas (window_id);

-- What happened that somebody may want to be told, in order. The courier tells it.
CREATE TABLE events (
  id bigserial PRIMARY KEY,
  at timestamptz NOT NULL,
  type text NOT NULL,
  -- null: not of one tenant
  tenant_id integer,
  data jsonb NOT NULL
);

-- Makes the budgets what is wanted. One whose limits, threshold or rule change keeps its windows; one whose scope or
-- time zone changes begins anew, because what its windows counted was something else.
CREATE FUNCTION write_budgets(wanted json) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMPORARY TABLE wanted_budgets ON COMMIT DROP AS
    SELECT r.name, coalesce(t.id, 0) AS tenant_id, coalesce(k.id, 0) AS key_id, coalesce(r.model, '') AS model, r.time_zone,
           r.daily_nano, r.monthly_nano, r.alert_ppm, r.rule
      FROM json_to_recordset(wanted) AS r (name text, tenant text, key text, model text, time_zone text, daily_nano bigint,
                                           monthly_nano bigint, alert_ppm integer, rule budget_rule)
      LEFT JOIN tenants t ON t.name = r.tenant
      LEFT JOIN keys k ON k.name = r.key
     WHERE (r.tenant IS NULL OR t.id IS NOT NULL) AND (r.key IS NULL OR k.id IS NOT NULL);
  UPDATE budgets b SET removed_at = clock_timestamp()
   WHERE b.removed_at IS NULL
     AND NOT EXISTS (SELECT FROM wanted_budgets w
                      WHERE (w.name, w.tenant_id, w.key_id, w.model, w.time_zone)
                          = (b.name, b.tenant_id, b.key_id, b.model, b.time_zone));
  UPDATE budgets b SET daily_nano = w.daily_nano, monthly_nano = w.monthly_nano, alert_ppm = w.alert_ppm, rule = w.rule
    FROM wanted_budgets w
   WHERE b.name = w.name AND b.removed_at IS NULL
     AND (b.daily_nano, b.monthly_nano, b.alert_ppm, b.rule)
         IS DISTINCT FROM (w.daily_nano, w.monthly_nano, w.alert_ppm, w.rule);
  -- One that comes back as it was goes on counting where it stopped.
  UPDATE budgets b
     SET removed_at = NULL, daily_nano = w.daily_nano, monthly_nano = w.monthly_nano, alert_ppm = w.alert_ppm, rule = w.rule
    FROM wanted_budgets w
   WHERE NOT EXISTS (SELECT FROM budgets other WHERE other.name = w.name AND other.removed_at IS NULL)
     AND b.id = (SELECT max(earlier.id) FROM budgets earlier
                  WHERE (w.name, w.tenant_id, w.key_id, w.model, w.time_zone)
                      = (earlier.name, earlier.tenant_id, earlier.key_id, earlier.model, earlier.time_zone));
  INSERT INTO budgets (name, tenant_id, key_id, model, time_zone, daily_nano, monthly_nano, alert_ppm, rule)
  SELECT w.name, w.tenant_id, w.key_id, w.model, w.time_zone, w.daily_nano, w.monthly_nano, w.alert_ppm, w.rule
    FROM wanted_budgets w
   WHERE NOT EXISTS (SELECT FROM budgets b WHERE b.name = w.name AND b.removed_at IS NULL);
  DROP TABLE wanted_budgets;
END $$;

-- ------------------------------------------------------------------------------------------------------- windows

-- The first moment that clocks of a time zone show a time at. Where they are set back over it they show it twice, and
-- `AT TIME ZONE` takes the second: a day that began there would begin after moments that lie in it.
CREATE FUNCTION first_shown(local_time timestamp, time_zone text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT min(shown.at)
    FROM (SELECT local_time AT TIME ZONE time_zone - back AS at, back
            FROM unnest('{0, 30 minutes, 1 hour, 2 hours}'::interval[]) AS back) AS shown
   WHERE shown.back = interval '0' OR shown.at AT TIME ZONE time_zone = local_time
$$;

-- The bounds of the day or month that a moment lies in, by the calendar of a time zone.
CREATE FUNCTION window_bounds(period budget_period, time_zone text, moment timestamptz)
RETURNS TABLE (starts_at timestamptz, ends_at timestamptz) LANGUAGE sql STABLE AS $$
  SELECT first_shown(floor.local, time_zone), first_shown(floor.local + step.length, time_zone)
    FROM (SELECT CASE period WHEN 'daily' THEN 'day' ELSE 'month' END AS unit) AS u,
         LATERAL (SELECT date_trunc(u.unit, moment AT TIME ZONE time_zone) AS local) AS floor,
         LATERAL (SELECT ('1 ' || u.unit)::interval AS length) AS step
$$;

-- The windows of budgets that a moment lies in; none where nothing has been reserved in it yet, or where the limit was
-- taken away. Looked up one by one, so that those of other days are not read.
CREATE FUNCTION windows_at(wanted integer[], moment timestamptz) RETURNS integer[] LANGUAGE sql STABLE AS $$
  SELECT array_agg(latest.id)
    FROM unnest(wanted) AS budget
   CROSS JOIN unnest(enum_range(NULL::budget_period)) AS wanted_period
   CROSS JOIN LATERAL (
     SELECT w.id, w.ends_at FROM budget_windows w
      WHERE w.budget_id = budget AND w.period = wanted_period AND w.starts_at <= moment ORDER BY w.starts_at DESC LIMIT 1
   ) AS latest
   WHERE latest.ends_at > moment
     AND (SELECT CASE wanted_period WHEN 'daily' THEN b.daily_nano ELSE b.monthly_nano END FROM budgets b
           WHERE b.id = budget) IS NOT NULL
$$;

-- Makes the windows of a moment that budgets lack, in one order, before any lock is taken.
CREATE FUNCTION make_windows(wanted integer[], moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  missing record;
BEGIN
  FOR missing IN
    SELECT b.id, b.time_zone, limited.period
      FROM budgets b
     CROSS JOIN LATERAL (VALUES ('daily'::budget_period, b.daily_nano), ('monthly', b.monthly_nano)) AS limited (period, nano)
     WHERE b.id = ANY (wanted) AND limited.nano IS NOT NULL
       AND coalesce((SELECT w.ends_at FROM budget_windows w
                      WHERE w.budget_id = b.id AND w.period = limited.period AND w.starts_at <= moment
                      ORDER BY w.starts_at DESC LIMIT 1), '-infinity') <= moment
     ORDER BY b.id, limited.period
  LOOP
    INSERT INTO budget_windows (budget_id, period, starts_at, ends_at)
    SELECT missing.id, missing.period, bounds.starts_at, bounds.ends_at
      FROM window_bounds(missing.period, missing.time_zone, moment) AS bounds
    ON CONFLICT (budget_id, period, starts_at) DO NOTHING;
  END LOOP;
END $$;

-- The ids of the budgets that hold for what a key of a tenant asks of a model.
CREATE FUNCTION budgets_of(of_tenant integer, of_key integer, of_model text) RETURNS SETOF integer LANGUAGE sql STABLE AS $$
  SELECT id FROM budgets
   WHERE tenant_id = ANY (ARRAY[0, of_tenant]) AND key_id = ANY (ARRAY[0, of_key]) AND model = ANY (ARRAY['', of_model])
     AND removed_at IS NULL
$$;

-- A window under its lock, with the deltas that were folded into it and what it takes or refuses now.
CREATE TYPE held_window AS (
  id integer,
  budget_id integer,
  tenant_id integer,
  key_id integer,
  model text,
  rule budget_rule,
  limit_nano bigint,
  alert_ppm integer,
  spent_nano numeric,
  reserved_nano numeric,
  overrun_nano numeric,
  taken_nano numeric,
  refuses boolean
);

-- Locks windows and folds what settlements appended. Nothing is written but the deltas' removal: see `keep_windows`.
CREATE FUNCTION hold_windows(wanted integer[]) RETURNS held_window[] LANGUAGE plpgsql AS $$
DECLARE
  held held_window[];
BEGIN
  PERFORM 1 FROM budget_windows w WHERE w.id = ANY (wanted) ORDER BY w.id FOR NO KEY UPDATE;
  WITH folded AS (
    DELETE FROM budget_deltas d WHERE d.window_id = ANY (wanted)
    RETURNING d.window_id, d.spent_nano, d.reserved_nano, d.overrun_nano
  ) SELECT array_agg(
             ROW(w.id, b.id, b.tenant_id, b.key_id, b.model, b.rule,
                 CASE w.period WHEN 'daily' THEN b.daily_nano ELSE b.monthly_nano END, b.alert_ppm,
                 w.spent_nano + s.spent, w.reserved_nano + s.reserved, w.overrun_nano + s.overrun, 0, false)::held_window
             ORDER BY w.id)
      INTO held
      FROM budget_windows w
     CROSS JOIN LATERAL (SELECT * FROM budgets WHERE budgets.id = w.budget_id LIMIT 1) AS b
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(f.spent_nano), 0) AS spent, coalesce(sum(f.reserved_nano), 0) AS reserved,
              coalesce(sum(f.overrun_nano), 0) AS overrun
         FROM folded f WHERE f.window_id = w.id
     ) AS s
     WHERE w.id = ANY (wanted);
  RETURN held;
END $$;

-- Writes windows back with what was taken of them, and records what is to be told: once a window each, that spending
-- has reached the threshold, and that the limit is reached or has refused something.
CREATE FUNCTION keep_windows(held held_window[], moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  h held_window;
BEGIN
  FOREACH h IN ARRAY coalesce(held, '{}') LOOP
    PERFORM keep_window(h, moment);
  END LOOP;
END $$;

CREATE FUNCTION keep_window(h held_window, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WITH kept AS (
    UPDATE budget_windows w
       SET spent_nano = h.spent_nano, reserved_nano = h.reserved_nano + h.taken_nano, overrun_nano = h.overrun_nano,
           alerted_at = coalesce(w.alerted_at, CASE
             WHEN h.spent_nano * 1000000 >= h.limit_nano::numeric * h.alert_ppm THEN moment END),
           exceeded_at = coalesce(w.exceeded_at, CASE WHEN h.refuses OR h.spent_nano >= h.limit_nano THEN moment END)
     WHERE w.id = h.id
       -- Most folds change nothing but sums; a row whose sums are the same is left alone.
       AND (w.spent_nano, w.reserved_nano, w.overrun_nano, w.exceeded_at IS NULL AND h.refuses)
           IS DISTINCT FROM (h.spent_nano, h.reserved_nano + h.taken_nano, h.overrun_nano, false)
    RETURNING w.*, w.alerted_at = moment AS alerts, w.exceeded_at = moment AS exceeds
  )
  INSERT INTO events (at, type, tenant_id, data)
  SELECT moment, told.type, nullif(h.tenant_id, 0), jsonb_build_object(
           'budget', (SELECT b.name FROM budgets b WHERE b.id = k.budget_id), 'period', k.period,
           'limitNano', h.limit_nano::text, 'spentNano', k.spent_nano::text, 'reservedNano', k.reserved_nano::text,
           'threshold', h.alert_ppm / 1000000.0, 'resetsAt', k.ends_at)
    FROM kept k
   CROSS JOIN LATERAL (VALUES ('budget.alert', k.alerts), ('budget.exceeded', k.exceeds)) AS told (type, now)
   WHERE told.now
   ORDER BY told.type;
END $$;

-- ------------------------------------------------------------------------------------------------------- reserve

-- What a refusal tells: amounts as text, because JSON has no exact integers of that size.
CREATE FUNCTION describe_refusal(held held_window, free_nano numeric, wanted_nano bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object(
           'budget', b.name, 'period', w.period, 'limitNano', held.limit_nano::text,
           'leftNano', greatest(free_nano, 0)::text, 'wantedNano', wanted_nano::text, 'resetsAt', w.ends_at)
    FROM budget_windows w JOIN budgets b ON b.id = w.budget_id WHERE w.id = held.id
$$;

-- An attempt that asks for money. `tentative`: a rough bound, whose refusal is none yet and is not told.
CREATE TYPE budget_request AS (
  place integer, tenant_id integer, key_id integer, model text, amount_nano bigint, tentative boolean
);

CREATE TYPE reservation AS (place integer, verdict text, windows integer[], refused_by integer, refusal jsonb);

-- Reserves for a group of attempts, each on all windows that apply to it or on none, in the order of their places.
-- `verdict` is `fits`, with the windows that hold the reservation, or the rule of the window that has no room for it:
-- `block`, or `wait` where it would fit into an empty one. Null where no budget applies to any of them.
CREATE FUNCTION reserve_budgets(requests budget_request[]) RETURNS reservation[]
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  answers reservation[] := '{}';
  touched integer[];
  held held_window[];
  free_nano numeric[];
  request record;
  slot integer;
  refusing integer;
BEGIN
  SELECT array_agg(DISTINCT budget) INTO touched
    FROM (SELECT DISTINCT r.tenant_id, r.key_id, r.model FROM unnest(requests) r) AS scope
   CROSS JOIN LATERAL budgets_of(scope.tenant_id, scope.key_id, scope.model) AS budget;
  IF touched IS NULL THEN RETURN NULL; END IF;

  PERFORM make_windows(touched, moment);
  held := hold_windows(windows_at(touched, moment));
  SELECT array_agg(h.limit_nano - h.spent_nano - h.reserved_nano ORDER BY h.place) INTO free_nano
    FROM unnest(held) WITH ORDINALITY
      AS h (id, budget_id, tenant_id, key_id, model, rule, limit_nano, alert_ppm, spent_nano, reserved_nano, overrun_nano,
            taken_nano, refuses, place);

  FOR request IN
    SELECT r.place, r.amount_nano, r.tentative, array_agg(h.place::integer ORDER BY h.place) FILTER (WHERE h.place IS NOT NULL) AS slots,
           coalesce(array_agg(h.id ORDER BY h.place) FILTER (WHERE h.place IS NOT NULL), '{}') AS windows
      FROM unnest(requests) r
      LEFT JOIN unnest(held) WITH ORDINALITY
        AS h (id, budget_id, tenant_id, key_id, model, rule, limit_nano, alert_ppm, spent_nano, reserved_nano, overrun_nano,
              taken_nano, refuses, place)
        ON h.tenant_id IN (0, r.tenant_id) AND h.key_id IN (0, r.key_id) AND h.model IN ('', r.model)
     GROUP BY r.place, r.amount_nano, r.tentative ORDER BY r.place
  LOOP
    refusing := NULL;
    FOREACH slot IN ARRAY coalesce(request.slots, '{}') LOOP
      -- No limit: it was taken away while its window was waited for.
      CONTINUE WHEN held[slot].rule = 'warn' OR held[slot].limit_nano IS NULL OR request.amount_nano <= free_nano[slot];
      IF request.tentative IS NOT TRUE THEN held[slot].refuses := true; END IF;
      -- A window that blocks, or that could never hold it, decides before one that only lets wait.
      IF refusing IS NULL OR held[slot].rule = 'block' OR request.amount_nano > held[slot].limit_nano THEN
        refusing := slot;
      END IF;
    END LOOP;
    IF refusing IS NULL THEN
      answers := answers || ROW(request.place, 'fits', request.windows, NULL, NULL)::reservation;
      FOREACH slot IN ARRAY coalesce(request.slots, '{}') LOOP
        free_nano[slot] := free_nano[slot] - request.amount_nano;
        held[slot].taken_nano := held[slot].taken_nano + request.amount_nano;
      END LOOP;
    ELSE
      answers := answers || ROW(
        request.place,
        CASE WHEN held[refusing].rule = 'wait' AND request.amount_nano <= held[refusing].limit_nano
             THEN 'wait' ELSE 'block' END,
        '{}', held[refusing].id, describe_refusal(held[refusing], free_nano[refusing], request.amount_nano))::reservation;
    END IF;
  END LOOP;
  PERFORM keep_windows(held, moment);
  RETURN answers;
END $$;

-- Appends what a settlement or a release changes in the windows that an attempt reserved in.
CREATE FUNCTION post_to_windows(windows integer[], spent bigint, reserved bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO budget_deltas (window_id, spent_nano, reserved_nano, overrun_nano)
  SELECT w, spent, -reserved, greatest(spent - reserved, 0) FROM unnest(windows) AS w
$$;

-- What a budget has left now, over its windows; null where it holds nothing back.
CREATE FUNCTION budget_room(of_budget integer, moment timestamptz) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT min(limited.nano - coalesce(used.nano, 0))
    FROM budgets b
   CROSS JOIN LATERAL (VALUES ('daily'::budget_period, b.daily_nano), ('monthly', b.monthly_nano)) AS limited (period, nano)
    LEFT JOIN LATERAL (
      SELECT w.spent_nano + w.reserved_nano + coalesce((
               SELECT sum(d.spent_nano + d.reserved_nano) FROM budget_deltas d WHERE d.window_id = w.id
             ), 0) AS nano
        FROM budget_windows w
       WHERE w.id = ANY (windows_at(ARRAY[b.id], moment)) AND w.period = limited.period LIMIT 1
    ) AS used ON true
   WHERE b.id = of_budget AND b.removed_at IS NULL AND b.rule <> 'warn' AND limited.nano IS NOT NULL
$$;

-- Folds what lies about, so that alerts come without a further request and the deltas stay few.
CREATE FUNCTION fold_budgets(at_most integer) RETURNS integer
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  wanted integer[];
BEGIN
  SELECT array_agg(DISTINCT d.window_id) INTO wanted
    FROM (SELECT window_id FROM budget_deltas ORDER BY id LIMIT at_most) AS d;
  IF wanted IS NULL THEN RETURN 0; END IF;
  PERFORM keep_windows(hold_windows(wanted), clock_timestamp());
  RETURN cardinality(wanted);
END $$;

-- What budgets hold now, in one look: windows with what has been appended to them. The budget of a name; or those that
-- hold for a key of a tenant, with those of a model where there is one; or, `own`, those that are the key's and its
-- tenant's alone.
CREATE FUNCTION read_budgets(of_name text, of_tenant integer, of_key integer, of_model text, own boolean)
RETURNS TABLE (
  name text, rule budget_rule, period budget_period,
  limit_nano bigint, spent_nano numeric, reserved_nano numeric, overrun_nano numeric, resets_at timestamptz
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  moment timestamptz := statement_timestamp();
  wanted integer[] := CASE
    WHEN of_name IS NOT NULL THEN ARRAY(SELECT id FROM budgets b WHERE b.name = of_name AND b.removed_at IS NULL)
    ELSE ARRAY(SELECT budgets_of(of_tenant, of_key, of_model)) END;
BEGIN
  RETURN QUERY
    SELECT b.name, b.rule, limited.period, limited.nano, coalesce(w.spent_nano, 0) + appended.spent,
           coalesce(w.reserved_nano, 0) + appended.reserved, coalesce(w.overrun_nano, 0) + appended.overrun, bounds.ends_at
      FROM budgets b
     CROSS JOIN LATERAL (VALUES ('daily'::budget_period, b.daily_nano), ('monthly', b.monthly_nano)) AS limited (period, nano)
     CROSS JOIN LATERAL window_bounds(limited.period, b.time_zone, moment) AS bounds
      LEFT JOIN LATERAL (
        SELECT * FROM budget_windows w
         WHERE w.id = ANY (windows_at(ARRAY[b.id], moment)) AND w.period = limited.period LIMIT 1
      ) AS w ON true
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(d.spent_nano), 0) AS spent, coalesce(sum(d.reserved_nano), 0) AS reserved,
              coalesce(sum(d.overrun_nano), 0) AS overrun
         FROM budget_deltas d WHERE d.window_id = w.id
     ) AS appended
     WHERE b.id = ANY (wanted) AND limited.nano IS NOT NULL
       AND (NOT own OR b.tenant_id = of_tenant OR b.key_id = of_key)
     ORDER BY b.name, limited.period;
END $$;
