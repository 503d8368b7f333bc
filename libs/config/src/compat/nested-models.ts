import type { FaultList } from '../faults/fault-list.js';
import { isTreeList, isTreeMap, type Tree, type TreeMap } from '../yaml/tree.js';

/** Moves `providers.<name>.models` behind the entries of `models`, each with its provider's name. */
export function liftNestedModels(root: TreeMap, faults: FaultList): TreeMap {
  const providers = root.get('providers');
  const listed = root.get('models') ?? null;
  if (!isTreeMap(providers) || (listed !== null && !isTreeList(listed))) return root;
  const models: Tree[] = [...(listed ?? [])];
  const remaining = new Map<string, Tree>();
  for (const [name, provider] of providers) {
    if (!isTreeMap(provider) || !provider.has('models')) {
      remaining.set(name, provider);
      continue;
    }
    const nested = provider.get('models') ?? null;
    const path = ['providers', name, 'models'];
    if (nested !== null && !isTreeList(nested)) faults.add(path, 'must be a list');
    for (const [index, model] of (isTreeList(nested) ? nested : []).entries()) {
      faults.writtenAs(['models', models.length], [...path, index]);
      models.push(withProvider(model, name, [...path, index, 'provider'], faults));
    }
    remaining.set(name, new Map([...provider].filter(([key]) => key !== 'models')));
  }
  return new Map<string, Tree>([...root, ['providers', remaining], ['models', models]]);
}

function withProvider(model: Tree, provider: string, path: readonly (string | number)[], faults: FaultList): Tree {
  if (!isTreeMap(model)) return model;
  const given = model.get('provider') ?? null;
  if (given !== null && given !== provider) {
    faults.add(path, `this list belongs to the provider ${provider}; remove the key, or move the entry to models`);
  }
  return new Map<string, Tree>([...model, ['provider', provider]]);
}
