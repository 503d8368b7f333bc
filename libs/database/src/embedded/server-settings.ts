/** Postgres's own settings, by name. */
export type ServerSettings = Readonly<Record<string, string>>;

/** For a laptop: a small footprint, next to nothing done while idle, and nothing given up of durability. */
export const LAPTOP_SETTINGS: ServerSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_permissions: '0700',
  max_connections: '200',
  shared_buffers: '128MB',
  effective_cache_size: '1GB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  random_page_cost: '1.1',
  jit: 'off',
  io_method: 'sync',
  max_worker_processes: '2',
  max_parallel_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  fsync: 'on',
  synchronous_commit: 'on',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_replication_slots: '0',
  min_wal_size: '64MB',
  max_wal_size: '512MB',
  checkpoint_timeout: '15min',
  bgwriter_delay: '1s',
  autovacuum_naptime: '30s',
  autovacuum_max_workers: '2',
  client_connection_check_interval: '10s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A refused statement is reported to the app that sent it. In the log it would show what users wrote.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

/** For tests: what a crash would leave does not matter. */
export const TEST_SETTINGS: ServerSettings = {
  ...LAPTOP_SETTINGS,
  max_connections: '400',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
};
