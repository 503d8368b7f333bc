/** One address of a server. */
interface RedisNode {
  readonly host: string;
  readonly port: number;
}

interface RedisAccess {
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
}

/** Where Redis is, as its URL says. */
export type RedisTarget = RedisAccess &
  (
    | { readonly kind: 'single'; readonly node: RedisNode; readonly database: number }
    | { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] }
    | {
        readonly kind: 'sentinel';
        readonly sentinels: readonly RedisNode[];
        readonly master: string;
        readonly database: number;
      }
  );

const REDIS_URL = /^redis(s?)(?:\+(cluster|sentinel))?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#@]+)(?:\/([^?#]*))?$/;
const DEFAULT_PORT = { single: 6379, cluster: 6379, sentinel: 26379 } as const;

/**
 * Reads `redis://host:port/database`, `redis+cluster://h1:p1,h2:p2` or `redis+sentinel://h1:p1,h2:p2/master/database`,
 * each also as `rediss`, with `user:password@` before the hosts (percent-encoded where needed).
 * @throws TypeError that shows how to write it, and never the URL itself.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const match = REDIS_URL.exec(url);
  if (!match) throw malformed('it is no such URL');
  const [, secure, flavour, username, password, hosts = '', path = ''] = match;
  const kind = flavour === 'cluster' || flavour === 'sentinel' ? flavour : 'single';
  const nodes = hosts.split(',').map((host) => parseNode(host, DEFAULT_PORT[kind]));
  const access: RedisAccess = {
    tls: secure === 's',
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
  if (kind === 'cluster') {
    if (path !== '') throw malformed('a cluster has no database numbers');
    return { ...access, kind, nodes };
  }
  if (kind === 'sentinel') {
    const [master = '', database = ''] = path.split('/');
    if (master === '') throw malformed("the master's name is missing");
    return { ...access, kind, sentinels: nodes, master: decodeURIComponent(master), database: parseDatabase(database) };
  }
  const [node, ...others] = nodes;
  if (node === undefined || others.length > 0) throw malformed('several hosts need redis+cluster or redis+sentinel');
  return { ...access, kind, node, database: parseDatabase(path) };
}

function parseNode(text: string, defaultPort: number): RedisNode {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text.trim());
  const host = match?.[1]?.replace(/^\[|\]$/g, '');
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  if (host === undefined || port < 1 || port > 65_535) throw malformed('a host or its port cannot be read');
  return { host, port };
}

function parseDatabase(text: string): number {
  if (text === '') return 0;
  if (!/^\d{1,3}$/.test(text)) throw malformed('the database is not a number');
  return Number(text);
}

function malformed(why: string): TypeError {
  return new TypeError(
    `QUEUE_URL cannot be used: ${why}. Write redis://host:port/0, redis+cluster://h1:p1,h2:p2, ` +
      'redis+sentinel://h1:p1,h2:p2/master (rediss for TLS), or postgres://….',
  );
}
