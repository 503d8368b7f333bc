import type { PoolConfig } from 'pg';
import type { DatabaseSettings } from './database.js';

const DEFAULT_POOL_SIZE = 10;
const DEFAULT_STATEMENT_TIMEOUT_MS = 30_000;
/** A request must have its answer, even a refusal, within five seconds of overload. */
const CONNECT_LIMIT_MS = 4_500;

/** What the driver's pool is told. */
export function poolConfiguration(settings: DatabaseSettings): PoolConfig {
  const statementTimeoutMs = settings.statementTimeoutMs ?? DEFAULT_STATEMENT_TIMEOUT_MS;
  const { connectionString, options } = takeOptions(settings.url);
  const searchPath = settings.searchPath === undefined ? [] : [`-c search_path=${settings.searchPath}`];
  return {
    connectionString,
    ...(options !== undefined || searchPath.length > 0
      ? { options: [options, ...searchPath].filter(Boolean).join(' ') }
      : {}),
    application_name: settings.applicationName,
    max: settings.poolSize ?? DEFAULT_POOL_SIZE,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 5_000,
    idle_in_transaction_session_timeout: statementTimeoutMs + 5_000,
  };
}

/** The driver lets `?options=` of the URL replace those it is given; they are taken out so that both hold. */
function takeOptions(url: string): { connectionString: string; options: string | undefined } {
  if (!URL.canParse(url)) return { connectionString: url, options: undefined };
  const parsed = new URL(url);
  const options = parsed.searchParams.get('options') ?? undefined;
  if (options === undefined) return { connectionString: url, options };
  parsed.searchParams.delete('options');
  return { connectionString: parsed.href, options };
}
