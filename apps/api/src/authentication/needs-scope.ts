import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { Scope } from '@switchyard/config';

/** Under this name a route says which scope it needs. */
export const NEEDED_SCOPE = 'switchyard:needed-scope';

/** A route that needs another scope than `jobs`. */
export function NeedsScope(scope: Scope): CustomDecorator {
  return SetMetadata(NEEDED_SCOPE, scope);
}
