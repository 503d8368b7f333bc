import { readThousandTokenBody } from '../compat/thousand-token-body.js';
import { BUDGETS, RATE_LIMITS } from '../schema/limit-schema.js';
import { MODEL } from '../schema/model-schema.js';
import type { Plain } from '../schema/navigate.js';
import { PROVIDER } from '../schema/provider-schema.js';
import { ACCESS_POLICIES, EXPERIMENTS, LOAD_BALANCERS, ROUTING_RULES } from '../schema/routing-schema.js';
import { closedMap, TEXT } from '../schema/schema.js';
import { listCollection, mapCollection, mapOf, without, type Collection } from './collection.js';
import { inOrder } from './rule-order.js';
import { providerDestination } from './provider-destination.js';
import { SETTINGS_COLLECTION } from './settings-collection.js';
import { KEYS, TENANTS } from './tenant-collections.js';

const providers = mapCollection({ noun: 'provider', section: 'providers', destination: providerDestination }, PROVIDER);

/** An alias is a name for a name: in the file a text, here a map of one field, or that text. */
const aliases: Collection = {
  ...mapCollection({ noun: 'alias', section: 'aliases', own: 'model' }, closedMap({ model: TEXT }, ['model'])),
  entries: ({ aliases: all }) =>
    new Map(Object.entries(mapOf(all)).map(([name, model]) => [name, typeof model === 'string' ? { model } : {}])),
  lay: (document, entries, faults) => {
    const laid: [string, Plain][] = [];
    for (const [name, { body }] of entries) {
      for (const field of Object.keys(without(body, 'model'))) {
        faults?.add(['aliases', name, field], 'unknown field; an alias has a model and nothing else');
      }
      laid.push([name, body['model'] ?? '']);
    }
    return { ...document, aliases: { ...mapOf(document['aliases']), ...Object.fromEntries(laid) } };
  },
  show: mapCollection({ noun: 'alias', section: 'aliases' }, true).lay,
  read: (given) => (typeof given === 'string' ? { model: given } : given),
};

/** Every collection that the control plane changes, those that others name first. */
export const COLLECTIONS = {
  providers: {
    ...providers,
    lay: (document, entries, faults) => {
      for (const [name, { body }] of entries) {
        if (body['models'] === undefined) continue;
        faults?.add(['providers', name, 'models'], 'is no field here: models are changed one by one; leave it out');
      }
      const own = [...entries].map(
        ([name, { body, hashed }]) => [name, { body: without(body, 'models'), hashed }] as const,
      );
      return providers.lay(document, new Map(own), faults);
    },
  },
  models: listCollection({ noun: 'model', section: 'models', key: 'id', read: readThousandTokenBody }, MODEL),
  aliases,
  'load-balancers': mapCollection(
    { noun: 'load balancer', section: 'loadBalancers' },
    LOAD_BALANCERS.additionalProperties,
  ),
  experiments: mapCollection({ noun: 'experiment', section: 'experiments' }, EXPERIMENTS.additionalProperties),
  'routing-rules': listCollection({ noun: 'routing rule', section: 'routingRules' }, ROUTING_RULES.items, inOrder),
  'access-policies': listCollection({ noun: 'access policy', section: 'accessPolicies' }, ACCESS_POLICIES.items),
  tenants: TENANTS,
  keys: KEYS,
  budgets: listCollection({ noun: 'budget', section: 'budgets' }, BUDGETS.items),
  'rate-limits': listCollection({ noun: 'rate limit', section: 'rateLimits' }, RATE_LIMITS.items),
  settings: SETTINGS_COLLECTION,
} as const satisfies Record<string, Collection>;
export type CollectionName = keyof typeof COLLECTIONS;
export const COLLECTION_NAMES: readonly CollectionName[] = Object.keys(COLLECTIONS).filter(isCollection);

export function isCollection(name: string): name is CollectionName {
  return Object.hasOwn(COLLECTIONS, name);
}

/** As the interface, not as the literal that it is. */
export function collectionOf(name: CollectionName): Collection {
  return COLLECTIONS[name];
}
