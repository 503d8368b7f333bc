import type { AuthenticatedKey } from '@switchyard/config';
import type { Registry } from '@switchyard/registry';

/** The permissions that a key has for models; one of scope `admin` has all that there are. */
export function permissionsOf(key: AuthenticatedKey, registry: Registry): ReadonlySet<string> {
  if (!key.scopes.includes('admin')) return new Set(key.permissions);
  return new Set(registry.listModels().flatMap(({ requiredPermissions }) => requiredPermissions));
}
