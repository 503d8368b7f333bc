import { describe, expect, it } from '@jest/globals';
import type { AuthenticatedKey } from '@switchyard/config';
import { createRegistry, type ResolvedModel } from '@switchyard/registry';
import { permissionsOf } from './permissions.js';

const KEY: AuthenticatedKey = { id: 1, name: 'k', tenantId: 1, tenant: 't', scopes: ['jobs'], permissions: ['basic'] };
const NOTHING = createRegistry({ providers: new Map(), models: new Map(), aliases: new Map(), fallbackChain: [] });
const registry = {
  ...NOTHING,
  listModels: () =>
    [{ requiredPermissions: ['premium', 'gold'] }, { requiredPermissions: [] }] as unknown as ResolvedModel[],
};

describe('permissionsOf', () => {
  it('gives a key what it was given', () => {
    expect([...permissionsOf(KEY, registry)]).toEqual(['basic']);
  });

  it('gives a key of scope admin all that any model asks for', () => {
    expect([...permissionsOf({ ...KEY, scopes: ['admin'] }, registry)]).toEqual(['premium', 'gold']);
  });
});
