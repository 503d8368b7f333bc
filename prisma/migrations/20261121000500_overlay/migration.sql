-- The configuration's overlay: what was changed through the control plane and lies over the file.

CREATE TABLE configuration_entries (
  collection text NOT NULL,
  name text NOT NULL,
  body jsonb NOT NULL,
  -- by field: sealed under the root secret; null for a key's own, whose hash stands in keys
  secrets jsonb NOT NULL,
  -- counts on through deletions, so that no version ever means two things
  version integer NOT NULL,
  deleted boolean NOT NULL,
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (collection, name)
);

CREATE TABLE configuration_changes (
  id bigserial PRIMARY KEY,
  at timestamptz NOT NULL,
  revision bigint NOT NULL,
  collection text NOT NULL,
  name text NOT NULL,
  -- secrets masked; null where there was or is no entry
  before jsonb,
  after jsonb,
  changed_by text NOT NULL,
  request_id text NOT NULL
);
CREATE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the history of the configuration is append only';
END $$;
CREATE TRIGGER configuration_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON configuration_changes
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change();

-- Raised by everything that processes must read again; they look at it every second.
CREATE TABLE configuration_revision (
  id integer PRIMARY KEY CHECK (id = 1),
  revision bigint NOT NULL
);
INSERT INTO configuration_revision (id, revision) VALUES (1, 0);
