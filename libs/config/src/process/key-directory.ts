import { timingSafeEqual } from 'node:crypto';
import { sql, type Database } from '@switchyard/database';
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

interface KeyRow {
  readonly id: number;
  readonly name: string;
  readonly hash: Uint8Array;
  readonly tenant_id: number;
  readonly tenant: string;
  readonly scopes: readonly string[];
  readonly permissions: readonly string[];
}

/** Opens the directory over the database's keys, held in memory by their whole digest. */
export async function openKeyDirectory(database: Database, secret: string): Promise<KeyDirectory> {
  const hash = createKeyHash(secret);
  let keys = new Map<string, { readonly digest: Uint8Array; readonly key: AuthenticatedKey }>();
  let tenants = new Map<string, number>();
  let tenantNames = new Map<number, string>();

  async function reload(): Promise<void> {
    const rows = await database.query<KeyRow>(sql`
      select k.id, k.name, k.hash, k.tenant_id, t.name as tenant, k.scopes, k.permissions
        from keys k join tenants t on t.id = k.tenant_id where k.revoked_at is null`);
    const names = await database.query<{ id: number; name: string }>(sql`select id, name from tenants`);
    keys = new Map(
      rows.map((row) => [Buffer.from(row.hash).toString('base64'), { digest: row.hash, key: keyOf(row) }]),
    );
    tenants = new Map(names.map((row) => [row.name, row.id]));
    tenantNames = new Map(names.map((row) => [row.id, row.name]));
  }
  await reload();

  return {
    authenticate(key) {
      const digest = hash(key);
      const found = keys.get(digest.toString('base64'));
      return found && timingSafeEqual(found.digest, digest) ? found.key : undefined;
    },
    tenantId: (name) => tenants.get(name),
    tenantName: (id) => tenantNames.get(id),
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
