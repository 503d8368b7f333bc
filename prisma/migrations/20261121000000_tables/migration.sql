CREATE TYPE job_type AS ENUM ('generation', 'code', 'embedding', 'image');
CREATE TYPE job_outcome AS ENUM ('succeeded', 'failed', 'canceled', 'expired');
CREATE TYPE attempt_state AS ENUM ('reserved', 'started', 'released', 'succeeded', 'failed', 'canceled', 'unknown');
CREATE TYPE call_state AS ENUM ('sent', 'answered', 'failed', 'unsent', 'unknown');
CREATE TYPE ledger_account AS ENUM ('available', 'reserved', 'spent');
CREATE TYPE ledger_kind AS ENUM ('reserve', 'settle', 'release', 'overrun');
CREATE TYPE entry_source AS ENUM ('environment', 'file', 'api');

CREATE TABLE tenants (
  id serial PRIMARY KEY,
  name text NOT NULL UNIQUE,
  weight double precision NOT NULL DEFAULT 1 CHECK (weight > 0),
  store_prompts boolean NOT NULL DEFAULT true,
  source entry_source NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE keys (
  id serial PRIMARY KEY,
  tenant_id integer NOT NULL REFERENCES tenants (id),
  name text NOT NULL UNIQUE,
  hash bytea NOT NULL UNIQUE,
  scopes text[] NOT NULL,
  permissions text[] NOT NULL,
  source entry_source NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);

CREATE TABLE providers (
  id serial PRIMARY KEY,
  name text NOT NULL UNIQUE,
  virtual_time double precision NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE lanes (
  id serial PRIMARY KEY,
  provider_id integer NOT NULL REFERENCES providers (id),
  model text NOT NULL,
  tenant_id integer NOT NULL REFERENCES tenants (id),
  waiting boolean NOT NULL DEFAULT false,
  UNIQUE (provider_id, model, tenant_id)
) WITH (fillfactor = 50);
CREATE INDEX lanes_waiting ON lanes (provider_id, tenant_id) WHERE waiting;
CREATE INDEX lanes_model_tenant_id_idx ON lanes (model, tenant_id);

CREATE TABLE price_versions (
  id serial PRIMARY KEY,
  model text NOT NULL,
  digest text NOT NULL,
  price jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (model, digest)
);

CREATE TABLE workers (
  id serial PRIMARY KEY,
  kind text NOT NULL,
  host text NOT NULL,
  pid integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz NOT NULL,
  stopped_at timestamptz,
  -- The provider whose suspects it runs alone; see suspects.
  set_aside_for integer
) WITH (fillfactor = 50);
CREATE INDEX workers_alive ON workers (id) WHERE stopped_at IS NULL;

CREATE TABLE jobs (
  id uuid PRIMARY KEY,
  tenant_id integer NOT NULL,
  key_id integer NOT NULL,
  type job_type NOT NULL,
  lane_id integer NOT NULL,
  model_version text,
  priority smallint NOT NULL,
  created_at timestamptz NOT NULL,
  payload_day date NOT NULL,
  estimated_nano bigint NOT NULL,
  retry_of uuid,
  batch_id uuid,
  outcome job_outcome,
  started_at timestamptz,
  finished_at timestamptz,
  actual_nano bigint,
  result_epoch integer,
  error jsonb,
  -- why it left each target of its plan before the one that it is at, in their order
  moves jsonb
) WITH (fillfactor = 90);
CREATE INDEX jobs_created_at_id_idx ON jobs (created_at DESC, id DESC);
CREATE INDEX jobs_tenant_id_type_created_at_id_idx ON jobs (tenant_id, type, created_at DESC, id DESC);
CREATE INDEX jobs_lane_id_created_at_id_idx ON jobs (lane_id, created_at DESC, id DESC);
CREATE INDEX jobs_ended ON jobs (tenant_id, outcome, type, created_at DESC, id DESC) WHERE outcome IS NOT NULL;
CREATE INDEX jobs_batch ON jobs (batch_id, created_at DESC, id DESC) WHERE batch_id IS NOT NULL;

CREATE TABLE live_jobs (
  job_id uuid PRIMARY KEY,
  tenant_id integer NOT NULL,
  key_id integer NOT NULL,
  provider_id integer NOT NULL,
  lane_id integer NOT NULL,
  type job_type NOT NULL,
  model_version text,
  price_id integer NOT NULL,
  reserve_nano bigint NOT NULL,
  -- what an attempt counts for in limits of tokens
  tokens integer NOT NULL DEFAULT 0,
  actual_nano bigint NOT NULL DEFAULT 0,
  payload_day date NOT NULL,
  created_at timestamptz NOT NULL,
  priority smallint NOT NULL,
  rank bigint NOT NULL,
  parked boolean NOT NULL,
  ready_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  timeout_ms integer NOT NULL,
  started_at timestamptz,
  deadline_at timestamptz,
  cancel_requested_at timestamptz,
  worker_id integer,
  epoch integer NOT NULL DEFAULT 0,
  -- the number of the last attempt that was recorded; 0 while a budget has had no room for the first
  attempt smallint NOT NULL DEFAULT 0,
  -- the window that has no room for the next attempt; the job is parked then, without a time
  waits_for_window integer,
  tries smallint NOT NULL DEFAULT 0,
  waits smallint NOT NULL DEFAULT 0,
  crashes smallint NOT NULL DEFAULT 0,
  -- the target of its plan that it is at, from 0
  target smallint NOT NULL DEFAULT 0,
  last_target smallint NOT NULL DEFAULT 0,
  -- what this target refused of the request, which is mended once
  mend jsonb,
  -- an experiment gave it an arm, whose row in exposures its end completes
  exposed boolean NOT NULL DEFAULT false
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
CREATE INDEX live_jobs_claimable ON live_jobs (lane_id, rank, job_id) WHERE worker_id IS NULL AND NOT parked;
CREATE INDEX live_jobs_parked ON live_jobs (provider_id, ready_at)
  WHERE worker_id IS NULL AND parked AND waits_for_window IS NULL;
CREATE INDEX live_jobs_running ON live_jobs (provider_id, worker_id) WHERE worker_id IS NOT NULL;
CREATE INDEX live_jobs_of_worker ON live_jobs (worker_id, job_id) WHERE worker_id IS NOT NULL;
CREATE INDEX live_jobs_expiring ON live_jobs (expires_at) WHERE worker_id IS NULL AND started_at IS NULL;
CREATE INDEX live_jobs_overdue ON live_jobs (deadline_at) WHERE worker_id IS NULL AND deadline_at IS NOT NULL;
CREATE INDEX live_jobs_waiting_for_budget ON live_jobs (waits_for_window, rank) WHERE waits_for_window IS NOT NULL;
CREATE INDEX live_jobs_of_tenant ON live_jobs (tenant_id, created_at DESC, job_id DESC);
CREATE INDEX live_jobs_suspect ON live_jobs (provider_id, rank) WHERE crashes >= 2;
CREATE INDEX live_jobs_newest ON live_jobs (created_at DESC, job_id DESC);

CREATE TABLE attempts (
  job_id uuid NOT NULL,
  number smallint NOT NULL,
  state attempt_state NOT NULL,
  lane_id integer NOT NULL,
  price_id integer NOT NULL,
  model_version text,
  epoch integer NOT NULL DEFAULT 0,
  call_id bigint,
  -- the budgets' windows that hold the reservation; it settles in them whenever it ends
  windows integer[] NOT NULL DEFAULT '{}',
  reserved_nano bigint NOT NULL,
  cost_nano bigint,
  estimated boolean NOT NULL DEFAULT false,
  prompt_tokens integer,
  completion_tokens integer,
  cached_tokens integer,
  reasoning_tokens integer,
  images integer,
  started_at timestamptz,
  finished_at timestamptz,
  error jsonb,
  PRIMARY KEY (job_id, number)
) WITH (fillfactor = 80);

CREATE TABLE calls (
  id bigserial PRIMARY KEY,
  worker_id integer NOT NULL,
  provider_id integer NOT NULL,
  state call_state NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz
) WITH (fillfactor = 90);

-- `reserve` and `overrun` fill an attempt's reservation, `settle` and `release` empty it.
CREATE TABLE ledger_entries (
  id bigserial PRIMARY KEY,
  at timestamptz NOT NULL,
  kind ledger_kind NOT NULL,
  debit ledger_account NOT NULL GENERATED ALWAYS AS (
    CASE kind WHEN 'settle' THEN 'spent'::ledger_account WHEN 'release' THEN 'available' ELSE 'reserved' END) STORED,
  credit ledger_account NOT NULL GENERATED ALWAYS AS (
    CASE kind WHEN 'settle' THEN 'reserved'::ledger_account WHEN 'release' THEN 'reserved' ELSE 'available' END) STORED,
  amount_nano bigint NOT NULL,
  job_id uuid NOT NULL,
  attempt smallint NOT NULL,
  lane_id integer NOT NULL,
  key_id integer NOT NULL,
  price_id integer NOT NULL
);
CREATE INDEX ledger_entries_job_id_idx ON ledger_entries (job_id);

-- Kept for 24 hours; `route` is the method and the path, `digest` the SHA-256 of the body as canonical JSON, `job_id` what
-- was made: a job, or a booking.
CREATE TABLE idempotency_keys (
  tenant_id integer NOT NULL,
  route text NOT NULL,
  key text NOT NULL,
  digest bytea NOT NULL,
  job_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, route, key)
);
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

CREATE TABLE job_payloads (
  day date NOT NULL,
  job_id uuid NOT NULL,
  client_data jsonb NOT NULL,
  plan jsonb NOT NULL,
  payload text NOT NULL,
  PRIMARY KEY (day, job_id)
) PARTITION BY RANGE (day);
CREATE TABLE job_payloads_other PARTITION OF job_payloads DEFAULT;

CREATE TABLE job_results (
  day date NOT NULL,
  job_id uuid NOT NULL,
  epoch integer NOT NULL,
  body text NOT NULL,
  vectors bytea,
  raw text,
  PRIMARY KEY (day, job_id, epoch)
) PARTITION BY RANGE (day);
CREATE TABLE job_results_other PARTITION OF job_results DEFAULT;
