import type { FaultList } from '../faults/fault-list.js';
import { isTreeMap, type Tree } from '../yaml/tree.js';
import { readGenerationBlock } from './generation-block.js';
import { liftNestedModels } from './nested-models.js';
import { readThousandTokenPrices } from './thousand-token-prices.js';

/**
 * Turns the second spellings of a file into the first: models under their provider, prices per thousand tokens, the
 * `generation:` block. Faults that are found later in what they became still name the place where it is written.
 */
export function toCanonicalTree(tree: Tree, faults: FaultList): Tree {
  if (!isTreeMap(tree)) return tree;
  return readThousandTokenPrices(readGenerationBlock(liftNestedModels(tree, faults), faults), faults);
}
