import { randomBytes } from 'node:crypto';
import { sql, type Database, type Queryable } from '@switchyard/database';
import { DEFAULT_TENANT } from '../checks/names.js';
import type { Configuration } from '../configuration.js';
import { adminKeyState, unusableAdminKey, type RootSecrets } from './admin-key-state.js';
import { createKeyHash } from './key-hash.js';
import { syncBudgets } from './sync-budgets.js';
import { StartError } from './start-error.js';

/** The name under which the environment's admin key stands. */
const ADMIN_KEY_NAME = 'SWITCHYARD_ADMIN_KEY';

interface WantedKey {
  readonly name: string;
  readonly tenant: string;
  readonly hash: Buffer;
  readonly scopes: readonly string[];
  readonly permissions: readonly string[];
  readonly source: 'environment' | 'file';
}

/**
 * Brings the tenants, keys and budgets of the file and the environment into the database. A key that the file has no
 * longer is revoked; rows stay, because jobs and the ledger name them. Where nobody has a key of scope `admin`, one is made.
 * @returns that key, to be shown this once: only its hash is kept
 * @throws StartError for a key that is given twice, and where all admin keys were hashed under another secret
 */
export async function syncTenants(
  database: Database,
  configuration: Configuration,
  secrets: RootSecrets & { readonly adminKey?: string | undefined },
): Promise<string | undefined> {
  const hash = createKeyHash(secrets.secret);
  const wanted: WantedKey[] = [...configuration.tenants.values()].flatMap((tenant) =>
    tenant.keys.map((key) => ({
      name: key.name,
      tenant: tenant.name,
      hash: hash(key.key),
      scopes: key.scopes,
      permissions: key.permissions,
      source: 'file' as const,
    })),
  );
  if (secrets.adminKey !== undefined) wanted.push(adminKey(hash(secrets.adminKey)));
  refuseTwins(wanted);
  return await database.transaction(async (transaction) => {
    await transaction.query(sql`select pg_advisory_xact_lock(hashtext('switchyard.tenants'))`);
    await writeTenants(transaction, configuration);
    await freeHashes(transaction, wanted);
    for (const key of wanted) await writeKey(transaction, key);
    await syncBudgets(transaction, configuration.budgets);
    const state = await adminKeyState(transaction, secrets);
    if (state === 'usable') return undefined;
    if (state === 'unusable') throw unusableAdminKey();
    const made = `sk-${randomBytes(32).toString('base64url')}`;
    await writeKey(transaction, adminKey(hash(made)));
    return made;
  });
}

function adminKey(hash: Buffer): WantedKey {
  return {
    name: ADMIN_KEY_NAME,
    tenant: DEFAULT_TENANT,
    hash,
    scopes: ['admin'],
    permissions: [],
    source: 'environment',
  };
}

/** The file's keys differ from each other by its own check; the environment's it does not know. */
function refuseTwins(wanted: readonly WantedKey[]): void {
  for (const [index, { name, hash }] of wanted.entries()) {
    const twin = wanted.slice(0, index).find((other) => other.name === name || other.hash.equals(hash));
    if (!twin) continue;
    const what = twin.name === name ? 'has the name that is kept for' : 'has the same value as';
    throw new StartError(`The key ${twin.name} in the configuration ${what} ${name}. Give each its own.`);
  }
}

async function writeTenants(transaction: Queryable, configuration: Configuration): Promise<void> {
  await transaction.query(
    sql`insert into tenants (name, source) values (${DEFAULT_TENANT}, 'environment') on conflict (name) do nothing`,
  );
  for (const tenant of configuration.tenants.values()) {
    await transaction.query(sql`
      insert into tenants (name, weight, store_prompts, source)
      values (${tenant.name}, ${tenant.weight}, ${tenant.storePrompts}, 'file')
      on conflict (name) do update set weight = excluded.weight, store_prompts = excluded.store_prompts`);
  }
}

/** A hash that moves from one name to another would meet its old row: rows that change or go give theirs up first. */
async function freeHashes(transaction: Queryable, wanted: readonly WantedKey[]): Promise<void> {
  const names = wanted.map((key) => key.name);
  const hashes = wanted.map((key) => key.hash.toString('hex'));
  await transaction.query(sql`
    update keys
       set hash = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
           revoked_at = coalesce(revoked_at, clock_timestamp())
     where (source = 'file' and revoked_at is null or encode(hash, 'hex') = any (${hashes}))
       and not exists (
         select from unnest(${names}::text[], ${hashes}::text[]) as wanted (name, hash)
          where wanted.name = keys.name and wanted.hash = encode(keys.hash, 'hex'))`);
}

async function writeKey(transaction: Queryable, key: WantedKey): Promise<void> {
  await transaction.query(sql`
    insert into keys (tenant_id, name, hash, scopes, permissions, source)
    select id, ${key.name}, ${key.hash}, ${key.scopes}::text[], ${key.permissions}::text[], ${key.source}::entry_source
      from tenants where name = ${key.tenant}
    on conflict (name) do update
       set tenant_id = excluded.tenant_id, hash = excluded.hash, scopes = excluded.scopes,
           permissions = excluded.permissions, source = excluded.source, revoked_at = null`);
}
