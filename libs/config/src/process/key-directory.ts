import { timingSafeEqual } from 'node:crypto';
import { sql, type Database } from '@switchyard/database';
import type { RootSecrets } from './admin-key-state.js';
import { createKeyHash } from './key-hash.js';

/** What a key may do: `jobs` for all routes but the control plane, `admin` for everything. */
export type Scope = 'jobs' | 'admin';

/** The key that a request came with. */
export interface AuthenticatedKey {
  readonly id: number;
  readonly name: string;
  readonly tenantId: number;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  /** Models that name a permission need it here. */
  readonly permissions: readonly string[];
}

/** Says whose a key is. */
export interface KeyDirectory {
  /** @returns undefined for a key that is not known or was revoked. */
  authenticate(key: string): AuthenticatedKey | undefined;
  /** @returns the id of the tenant of this name, or undefined. */
  tenantId(name: string): number | undefined;
  /** @returns the name of the tenant of this id, or undefined. */
  tenantName(id: number): string | undefined;
  /** Reads keys and tenants again. */
  reload(): Promise<void>;
}

interface KnownKey {
  readonly hash: Uint8Array;
  readonly key: AuthenticatedKey;
}

interface KeyRow {
  readonly id: number;
  readonly name: string;
  readonly hash: Uint8Array;
  readonly tenant_id: number;
  readonly tenant: string;
  readonly scopes: readonly string[];
  readonly permissions: readonly string[];
}

/**
 * Opens the directory over the database's keys, held in memory by their whole hash. During a rotation a key that was
 * hashed under the previous secret is known too, and hashed anew the first time that it is used.
 */
export async function openKeyDirectory(database: Database, secrets: RootSecrets): Promise<KeyDirectory> {
  const { secret, previousSecret } = secrets;
  const hash = createKeyHash(secret);
  const previousHash = previousSecret === undefined ? undefined : createKeyHash(previousSecret);
  const moving = new Set<number>();
  let keys = new Map<string, KnownKey>();
  let tenants = new Map<string, number>();
  let names = new Map<number, string>();

  async function reload(): Promise<void> {
    const rows = await database.query<KeyRow>(sql`
      select k.id, k.name, k.hash, k.tenant_id, t.name as tenant, k.scopes, k.permissions
        from keys k join tenants t on t.id = k.tenant_id where k.revoked_at is null`);
    const known = await database.query<{ id: number; name: string }>(sql`select id, name from tenants`);
    keys = new Map(rows.map((row) => [Buffer.from(row.hash).toString('base64'), { hash: row.hash, key: keyOf(row) }]));
    tenants = new Map(known.map((row) => [row.name, row.id]));
    names = new Map(known.map((row) => [row.id, row.name]));
  }
  await reload();

  function find(wanted: Buffer): KnownKey | undefined {
    const found = keys.get(wanted.toString('base64'));
    return found && timingSafeEqual(found.hash, wanted) ? found : undefined;
  }

  /** What fails is tried again when the key is used again. */
  function hashAnew({ key: { id }, hash: before }: KnownKey, now: Buffer): void {
    if (moving.has(id)) return;
    moving.add(id);
    void database
      .query(sql`update keys set hash = ${now} where id = ${id} and hash = ${Buffer.from(before)}`)
      .then(reload)
      .catch(() => undefined)
      .finally(() => moving.delete(id));
  }

  return {
    authenticate(key) {
      const found = find(hash(key));
      if (found || !previousHash) return found?.key;
      const before = find(previousHash(key));
      if (before) hashAnew(before, hash(key));
      return before?.key;
    },
    tenantId: (name) => tenants.get(name),
    tenantName: (id) => names.get(id),
    reload,
  };
}

function keyOf(row: KeyRow): AuthenticatedKey {
  return {
    id: row.id,
    name: row.name,
    tenantId: row.tenant_id,
    tenant: row.tenant,
    scopes: row.scopes.filter((scope): scope is Scope => scope === 'jobs' || scope === 'admin'),
    permissions: row.permissions,
  };
}
