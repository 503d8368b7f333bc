import type { FaultList } from '../faults/fault-list.js';
import { suggestion } from '../faults/suggest.js';
import { plainDecimal } from '../schema/decimal.js';
import { isTreeList, isTreeMap, NumberText, SubstitutedText, type Tree, type TreeMap } from '../yaml/tree.js';

/** The rates per million that those per thousand are. */
export const RATES: ReadonlyMap<string, string> = new Map([
  ['input', 'inputPerMillion'],
  ['output', 'outputPerMillion'],
]);

/** Reads `costPer1kTokens: { input, output }` of each model as its price per million tokens, exactly. */
export function readThousandTokenPrices(root: TreeMap, faults: FaultList): TreeMap {
  const models = root.get('models');
  if (!isTreeList(models)) return root;
  const read = models.map((model, index) => {
    return isTreeMap(model) && model.has('costPer1kTokens') ? readModel(model, index, faults) : model;
  });
  return new Map<string, Tree>([...root, ['models', read]]);
}

function readModel(model: TreeMap, index: number, faults: FaultList): TreeMap {
  const path = ['models', index, 'costPer1kTokens'];
  const rates = model.get('costPer1kTokens') ?? null;
  const rest = [...model].filter(([key]) => key !== 'costPer1kTokens');
  if (rates === null) return new Map(rest);
  if (!isTreeMap(rates)) {
    faults.add(path, 'must be a map of input and output, in dollars per thousand tokens');
    return new Map<string, Tree>([...rest, ['price', 'free']]);
  }
  if ((model.get('price') ?? null) !== null) {
    faults.add(path, 'stands beside price; keep one of them');
    return new Map(rest);
  }
  const price = new Map<string, Tree>();
  for (const [key, value] of rates) {
    const rate = RATES.get(key);
    if (rate === undefined) faults.add([...path, key], `unknown field${suggestion(key, RATES.keys())}`);
    else {
      faults.writtenAs(['models', index, 'price', rate], [...path, key]);
      price.set(rate, perMillion(value));
    }
  }
  return new Map<string, Tree>([...rest, ['price', price]]);
}

/** What is no decimal stays as it is: the place that it comes to names the fault. */
function perMillion(value: Tree): Tree {
  const isText = value instanceof NumberText || value instanceof SubstitutedText;
  const text = isText ? value.text : value;
  return typeof text === 'string' ? (plainDecimal(text, 3) ?? value) : value;
}
