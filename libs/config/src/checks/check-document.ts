import type { FaultList } from '../faults/fault-list.js';
import type { PlainMap } from '../schema/navigate.js';
import { checkLimits } from './limit-checks.js';
import { checkModels } from './model-checks.js';
import { Names } from './names.js';
import { Place } from './place.js';
import { checkProviders } from './provider-checks.js';
import { checkRouting } from './routing-checks.js';
import { checkRuleOrder } from './rule-order-checks.js';

/**
 * Reports what a schema cannot see: names given twice, references to nothing, settings that contradict each other.
 * @param storedKeys Names of the keys whose hash is in the database, so that the document need not say what they are.
 */
export function checkDocument(data: PlainMap, faults: FaultList, storedKeys: ReadonlySet<string> = new Set()): void {
  const root = new Place([], data, faults);
  const names = new Names(root);
  checkProviders(root, names);
  checkModels(root, names);
  checkRouting(root, names);
  checkRuleOrder(root.at('routingRules'));
  checkLimits(root, names, storedKeys);
}
