-- Files: bytes that a client asks for by their own address, such as images. Partitioned by the day of their ids, as payloads
-- are by that of their jobs, so that retention drops them a day at a time; what is to go sooner is deleted row by row.
-- Beside a file's row stand its bytes in pieces of at most 1 MB, so that no process ever holds much of a large one.

CREATE TABLE files (
  day date NOT NULL,
  id uuid NOT NULL,
  tenant_id integer NOT NULL,
  purpose text NOT NULL,
  filename text NOT NULL,
  mime_type text NOT NULL,
  bytes bigint NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  -- all of its pieces are here
  sealed boolean NOT NULL DEFAULT false,
  PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);
CREATE INDEX files_expiring ON files (expires_at);
CREATE TABLE files_other PARTITION OF files DEFAULT;

CREATE TABLE file_pieces (
  day date NOT NULL,
  file_id uuid NOT NULL,
  number integer NOT NULL,
  content bytea NOT NULL CHECK (octet_length(content) <= 1000000),
  PRIMARY KEY (day, file_id, number)
) PARTITION BY RANGE (day);
-- Images are compressed already; to try it again costs more than the insert.
ALTER TABLE file_pieces ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE TABLE file_pieces_other PARTITION OF file_pieces DEFAULT;

-- The day in an id, which is a UUID of version 7: its first 48 bits are milliseconds since 1970.
CREATE FUNCTION day_of_file(id uuid) RETURNS date LANGUAGE sql IMMUTABLE AS $$
  SELECT (to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) AT TIME ZONE 'UTC')::date
$$;

-- As before, with the tables of files.
CREATE OR REPLACE FUNCTION ensure_partitions(days_ahead integer) RETURNS void LANGUAGE plpgsql SET lock_timeout = '500ms' AS $$
DECLARE
  parent text;
  day date;
BEGIN
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('switchyard.partitions'));
  EXCEPTION WHEN lock_not_available THEN
    RETURN;
  END;
  FOREACH parent IN ARRAY ARRAY['job_payloads', 'job_results', 'files', 'file_pieces'] LOOP
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

-- Writes a piece of a file that came out of an attempt; the first makes the file, the last makes it readable. False: the
-- epoch is gone, and nothing was written. Where a tenant's prompts are not stored, a file goes ten minutes later.
CREATE FUNCTION store_file_piece(
  of_job uuid, of_worker integer, of_epoch integer, of_file uuid, about jsonb, kept interval, piece integer,
  piece_content bytea, is_last boolean
) RETURNS boolean LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  of_day date := day_of_file(of_file);
  owner integer;
  moment timestamptz := clock_timestamp();
BEGIN
  SELECT tenant_id INTO owner FROM live_jobs WHERE job_id = of_job AND worker_id = of_worker AND epoch = of_epoch;
  IF NOT FOUND THEN RETURN false; END IF;
  IF piece = 0 THEN
    IF NOT (SELECT store_prompts FROM tenants WHERE id = owner) THEN kept := least(kept, interval '10 minutes'); END IF;
    INSERT INTO files (day, id, tenant_id, purpose, filename, mime_type, bytes, created_at, expires_at)
      VALUES (of_day, of_file, owner, about ->> 'purpose', about ->> 'filename', about ->> 'mime_type',
              (about ->> 'bytes')::bigint, moment, moment + kept)
      ON CONFLICT (day, id) DO NOTHING;
  END IF;
  INSERT INTO file_pieces (day, file_id, number, content) VALUES (of_day, of_file, piece, piece_content)
    ON CONFLICT (day, file_id, number) DO NOTHING;
  IF is_last THEN UPDATE files SET sealed = true WHERE day = of_day AND id = of_file; END IF;
  RETURN true;
END $$;

-- A file that may be read. None for one that is not whole, or whose time is over.
CREATE FUNCTION read_file(wanted uuid)
RETURNS TABLE (
  tenant_id integer, purpose text, filename text, mime_type text, bytes bigint, created_at timestamptz,
  expires_at timestamptz
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  of_day date := day_of_file(wanted);
BEGIN
  RETURN QUERY
    SELECT f.tenant_id, f.purpose, f.filename, f.mime_type, f.bytes, f.created_at, f.expires_at
      FROM files f WHERE f.day = of_day AND f.id = wanted AND f.sealed AND f.expires_at > clock_timestamp();
END $$;

CREATE FUNCTION read_file_piece(wanted uuid, piece integer) RETURNS bytea
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  of_day date := day_of_file(wanted);
  found bytea;
BEGIN
  SELECT content INTO found FROM file_pieces WHERE day = of_day AND file_id = wanted AND number = piece;
  RETURN found;
END $$;

-- Deletes files whose time is over, the longest ago first, also those that never became whole. Any number may run it.
CREATE FUNCTION drop_expired_files(at_most integer) RETURNS integer
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  gone record;
  dropped integer := 0;
BEGIN
  FOR gone IN
    SELECT f.day, f.id FROM files f WHERE f.expires_at <= clock_timestamp()
     ORDER BY f.expires_at LIMIT at_most FOR UPDATE SKIP LOCKED
  LOOP
    DELETE FROM file_pieces p WHERE p.day = gone.day AND p.file_id = gone.id;
    DELETE FROM files f WHERE f.day = gone.day AND f.id = gone.id;
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;
