import { Cluster, Redis, type RedisOptions } from 'ioredis';

import { parseRedisUrl } from './redis-url.js';

const LONGEST_RECONNECT_DELAY_MS = 1_000;
const CONNECT_LIMIT_MS = 5_000;
const KEEP_ALIVE_MS = 10_000;
const DISCONNECT_LIMIT_MS = 50;

function reconnectDelay(attempt: number): number {
  return Math.min(attempt * 50, LONGEST_RECONNECT_DELAY_MS);
}

/** Fails at once what cannot be sent now, and reconnects for ever. */
const FAIL_FAST = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  connectTimeout: CONNECT_LIMIT_MS,
  keepAlive: KEEP_ALIVE_MS,
  // Redis does not notice the end of a connection that blocks; nothing is lost by cutting it.
  disconnectTimeout: DISCONNECT_LIMIT_MS,
  retryStrategy: reconnectDelay,
  // A master that became a replica refuses writes until its clients have looked for the new one.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
} satisfies RedisOptions;

/**
 * A client for `redis://`, `rediss://`, `redis+cluster://` or `redis+sentinel://`.
 * @throws TypeError when the URL is none of them.
 */
export function createRedisClient(url: string): Redis | Cluster {
  const target = parseRedisUrl(url);
  const options = {
    ...FAIL_FAST,
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.tls ? { tls: {} } : {}),
  };
  switch (target.kind) {
    case 'single':
      return new Redis({ ...options, ...target.node, db: target.database });
    case 'sentinel':
      return new Redis({
        ...options,
        sentinels: [...target.sentinels],
        name: target.master,
        db: target.database,
        sentinelRetryStrategy: reconnectDelay,
        enableTLSForSentinelMode: target.tls,
      });
    case 'cluster': {
      const cluster = { enableOfflineQueue: false, clusterRetryStrategy: reconnectDelay, redisOptions: options };
      return new Cluster([...target.nodes], cluster);
    }
  }
}
