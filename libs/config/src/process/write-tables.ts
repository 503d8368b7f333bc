import { sql, type Queryable } from '@switchyard/database';
import { DEFAULT_TENANT } from '../checks/names.js';
import type { Configuration } from '../configuration.js';
import type { RootSecrets } from './admin-key-state.js';
import { createKeyHash } from './key-hash.js';
import { StartError } from './start-error.js';
import { syncBudgets } from './sync-budgets.js';
import { syncRateLimits } from './sync-rate-limits.js';

/** The name under which the environment's admin key stands. */
const ADMIN_KEY_NAME = 'SWITCHYARD_ADMIN_KEY';

type Source = 'environment' | 'file' | 'api';

interface WantedKey {
  readonly name: string;
  readonly tenant: string;
  /** In hexadecimal digits. */
  readonly hash: string;
  /** What the same key would be under the previous root secret. */
  readonly previousHash?: string | undefined;
  readonly scopes: readonly string[];
  readonly permissions: readonly string[];
  readonly source: Source;
}

interface KeyRow {
  readonly name: string;
  readonly hash: string;
  readonly source: Source;
}

/** Two keys that cannot both be. */
export class TwinKeysError extends Error {
  override readonly name = 'TwinKeysError';

  constructor(
    readonly key: string,
    readonly twin: string,
    readonly what: 'name' | 'value',
  ) {
    const how = what === 'name' ? 'has the name that is kept for' : 'has the same value as';
    super(`The key ${key} in the configuration ${how} ${twin}. Give each its own.`);
  }
}

/**
 * Brings tenants, keys, budgets and rate limits into the tables that decide by them, under {@link LOCK_CONFIGURATION}. A key that is
 * in the configuration no longer is revoked; rows stay, because jobs and the ledger name them.
 * @param options `adminKey`: the environment's. `protect`: the one that it gave before is held against the others too.
 * @throws TwinKeysError
 */
export async function writeTables(
  transaction: Queryable,
  configuration: Configuration,
  secrets: RootSecrets,
  options: { readonly adminKey?: string | undefined; readonly protect?: boolean },
): Promise<void> {
  await writeTenants(transaction, configuration);
  await writeKeys(transaction, await wantedKeys(transaction, configuration, secrets, options));
  await syncBudgets(transaction, configuration.budgets);
  await syncRateLimits(transaction, configuration);
}

async function wantedKeys(
  transaction: Queryable,
  { tenants, overlay }: Configuration,
  { secret, previousSecret }: RootSecrets,
  { adminKey, protect = false }: { readonly adminKey?: string | undefined; readonly protect?: boolean },
): Promise<readonly WantedKey[]> {
  const rows = await transaction.query<KeyRow>(
    sql`select name, encode(hash, 'hex') as hash, source from keys where revoked_at is null`,
  );
  const kept = new Map(rows.map((row) => [row.name, row.hash]));
  const hash = createKeyHash(secret);
  const previousHash = previousSecret === undefined ? undefined : createKeyHash(previousSecret);
  const hashesOf = (text: string): Pick<WantedKey, 'hash' | 'previousHash'> => ({
    hash: hash(text).toString('hex'),
    previousHash: previousHash?.(text).toString('hex'),
  });
  const changed = overlay.get('keys');
  const wanted = [...tenants.values()].flatMap((tenant) =>
    tenant.keys.map(({ name, key, scopes, permissions }): WantedKey => {
      const source = changed?.has(name) === true ? 'api' : 'file';
      const hashes = key === undefined ? { hash: keptHash(kept, name) } : hashesOf(key);
      return { name, tenant: tenant.name, scopes, permissions, source, ...hashes };
    }),
  );
  const before = rows.find(({ source }) => source === 'environment');
  if (adminKey !== undefined) wanted.push(environmentKey(hashesOf(adminKey)));
  else if (protect && before) wanted.push(environmentKey({ hash: before.hash }));
  refuseTwins(wanted);
  return wanted;
}

function keptHash(kept: ReadonlyMap<string, string>, name: string): string {
  const hash = kept.get(name);
  if (hash === undefined) throw new StartError(`The hash of the key ${name} is gone. Delete the key and make another.`);
  return hash;
}

/** Makes this the admin key of the environment. @param text what the key is */
export async function writeAdminKey(transaction: Queryable, text: string, { secret }: RootSecrets): Promise<void> {
  await upsertKeys(transaction, [environmentKey({ hash: createKeyHash(secret)(text).toString('hex') })]);
}

function environmentKey(hashes: Pick<WantedKey, 'hash' | 'previousHash'>): WantedKey {
  const rights = { scopes: ['admin'], permissions: [] };
  return { name: ADMIN_KEY_NAME, tenant: DEFAULT_TENANT, source: 'environment', ...rights, ...hashes };
}

/** Those of the file differ from each other by its own check; those of which only a hash is known it cannot compare. */
function refuseTwins(wanted: readonly WantedKey[]): void {
  const names = new Set<string>();
  const owners = new Map<string, string>();
  for (const { name, hash } of wanted) {
    // The environment's stands last, and its name is kept for it.
    if (names.has(name)) throw new TwinKeysError(name, name, 'name');
    names.add(name);
    const twin = owners.get(hash);
    if (twin !== undefined) throw new TwinKeysError(twin, name, 'value');
    owners.set(hash, name);
  }
  for (const { name, previousHash } of wanted) {
    const twin = previousHash === undefined ? undefined : owners.get(previousHash);
    if (twin !== undefined && twin !== name) throw new TwinKeysError(name, twin, 'value');
  }
}

async function writeTenants(transaction: Queryable, { tenants, overlay }: Configuration): Promise<void> {
  const changed = overlay.get('tenants');
  const rows = [...tenants.values()].map(({ name, weight, storePrompts }) => {
    const source = changed?.has(name) === true ? 'api' : name === DEFAULT_TENANT ? 'environment' : 'file';
    return { name, weight, store_prompts: storePrompts, source };
  });
  await transaction.query(sql`
    insert into tenants (name, weight, store_prompts, source)
    select wanted.name, wanted.weight, wanted.store_prompts, wanted.source
      from json_to_recordset(${JSON.stringify(rows)}::json)
        as wanted (name text, weight double precision, store_prompts boolean, source entry_source)
     where not exists (
       select from tenants as same
        where (same.name, same.weight, same.store_prompts, same.source)
            = (wanted.name, wanted.weight, wanted.store_prompts, wanted.source))
    on conflict (name) do update
       set weight = excluded.weight, store_prompts = excluded.store_prompts, source = excluded.source`);
}

async function writeKeys(transaction: Queryable, wanted: readonly WantedKey[]): Promise<void> {
  const names = wanted.map(({ name }) => name);
  const hashes = wanted.map(({ hash }) => hash);
  // A hash that moves from one name to another would meet its old row: rows that change or go give theirs up first.
  await transaction.query(sql`
    update keys
       set hash = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
           revoked_at = coalesce(revoked_at, clock_timestamp())
     where (source <> 'environment' and revoked_at is null or encode(hash, 'hex') = any (${hashes}))
       and not exists (
         select from unnest(${names}::text[], ${hashes}::text[]) as wanted (name, hash)
          where wanted.name = keys.name and wanted.hash = encode(keys.hash, 'hex'))`);
  await upsertKeys(transaction, wanted);
}

async function upsertKeys(transaction: Queryable, wanted: readonly WantedKey[]): Promise<void> {
  const rows = JSON.stringify(wanted);
  await transaction.query(sql`
    update keys
       set tenant_id = t.id, hash = decode(w.hash, 'hex'), scopes = w.scopes, permissions = w.permissions,
           source = w.source, revoked_at = null
      from json_to_recordset(${rows}::json)
        as w (name text, tenant text, hash text, scopes text[], permissions text[], source entry_source)
      join tenants t on t.name = w.tenant
     where keys.name = w.name
       and (keys.tenant_id, keys.hash, keys.scopes, keys.permissions, keys.source, keys.revoked_at is null)
           is distinct from (t.id, decode(w.hash, 'hex'), w.scopes, w.permissions, w.source, true)`);
  await transaction.query(sql`
    insert into keys (tenant_id, name, hash, scopes, permissions, source)
    select t.id, w.name, decode(w.hash, 'hex'), w.scopes, w.permissions, w.source
      from json_to_recordset(${rows}::json)
        as w (name text, tenant text, hash text, scopes text[], permissions text[], source entry_source)
      join tenants t on t.name = w.tenant
     where not exists (select from keys where keys.name = w.name)`);
}
