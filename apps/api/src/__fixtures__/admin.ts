import type { Answer } from './call-api.js';
import { KEYS } from './configuration.js';
import type { TestApi } from './test-api.js';

type Headers = Readonly<Record<string, string>>;

/** Asks the control plane of an API, with the admin's key. */
export interface Admin {
  get(path: string): Promise<Answer>;
  put(path: string, json: unknown, headers?: Headers): Promise<Answer>;
  patch(path: string, json: unknown, headers?: Headers): Promise<Answer>;
  post(path: string, json: unknown): Promise<Answer>;
  remove(path: string, headers?: Headers): Promise<Answer>;
  /** The tag of an entry as it is now. */
  etag(path: string): Promise<string>;
  /** What the database holds. */
  rows(text: string): Promise<Record<string, unknown>[]>;
}

export function openAdmin(api: TestApi): Admin {
  const ask = (method: string, path: string, json?: unknown, headers: Headers = {}): Promise<Answer> =>
    api.ask(`/v1/admin/${path}`, { key: KEYS.admin, method, json, headers });
  return {
    get: (path) => ask('GET', path),
    put: (path, json, headers) => ask('PUT', path, json, headers),
    patch: (path, json, headers) => ask('PATCH', path, json, headers),
    post: (path, json) => ask('POST', path, json),
    remove: (path, headers) => ask('DELETE', path, undefined, headers),
    etag: async (path) => String((await ask('GET', path)).headers.get('etag')),
    async rows(text) {
      const pool = api.test.database.pool as { query(text: string): Promise<{ rows: Record<string, unknown>[] }> };
      return (await pool.query(text)).rows;
    },
  };
}
