import { sql, type Queryable } from '@switchyard/database';
import { DIGEST_BYTES, nameSecret } from './key-hash.js';
import { StartError } from './start-error.js';

/** The root secret, and during a rotation the one before it. */
export interface RootSecrets {
  /** SWITCHYARD_SECRET. */
  readonly secret: string;
  /** SWITCHYARD_SECRET_PREVIOUS. */
  readonly previousSecret?: string | undefined;
}

/**
 * Whether the database has a key of scope `admin`, and one that opens anything: those that were all hashed under other
 * secrets than these are of no use to whoever holds them.
 */
export async function adminKeyState(
  database: Queryable,
  { secret, previousSecret }: RootSecrets,
): Promise<'none' | 'usable' | 'unusable'> {
  const names = [secret, previousSecret].flatMap((each) =>
    each === undefined ? [] : nameSecret(each).toString('hex'),
  );
  const [row] = await database.query<{ usable: boolean | null }>(sql`
    select bool_or(encode(substring(hash from ${DIGEST_BYTES + 1}), 'hex') = any (${names})) as usable
      from keys where revoked_at is null and 'admin' = any (scopes)`);
  if (row?.usable == null) return 'none';
  return row.usable ? 'usable' : 'unusable';
}

/** @param oldSecretPath A file in which the secret may stand that was in use before. */
export function unusableAdminKey(oldSecretPath?: string): StartError {
  const place = oldSecretPath === undefined ? '' : ` (it may stand in ${oldSecretPath})`;
  return new StartError(
    'The secret (SWITCHYARD_SECRET, or the file `secret` in DATA_DIR) is another one than this database was used ' +
      `with, so that its admin key would open nothing. Put the old one back${place}; or give it as SWITCHYARD_SECRET_PREVIOUS and use the admin key once; ` +
      'or set SWITCHYARD_ADMIN_KEY to have a new admin key.',
  );
}
