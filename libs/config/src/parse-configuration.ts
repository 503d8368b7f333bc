import { buildConfiguration } from './build/build-configuration.js';
import { fillModels } from './catalogue/fill-models.js';
import { checkDocument } from './checks/check-document.js';
import { toCanonicalTree } from './compat/canonical-tree.js';
import type { Configuration } from './configuration.js';
import { FaultList } from './faults/fault-list.js';
import { settleTree } from './schema/settle-tree.js';
import { validateDocument } from './schema/validate.js';
import { readYaml } from './yaml/read-yaml.js';
import { substitute } from './yaml/substitute.js';
import { isTreeMap, mergeTrees, type Tree } from './yaml/tree.js';

/** A file and what stands in it. */
export interface ConfigurationText {
  /** Its name in faults and in `Configuration.source`. */
  readonly file: string;
  readonly text: string;
}

/**
 * Reads YAML texts, each laid over the ones before it, and checks what they come to.
 * @param env what `${NAME}` is taken from
 * @throws ConfigurationError with everything that is wrong
 */
export function parseConfiguration(texts: readonly ConfigurationText[], env: NodeJS.ProcessEnv): Configuration {
  const faults = new FaultList();
  let merged: Tree = null;
  for (const { file, text } of texts) {
    const tree = readYaml(file, text, faults);
    // What stands in a file that is no YAML is unknown, so nothing can be said of the rest.
    if (tree === undefined) faults.throwIfAny();
    if (tree === undefined || tree === null) continue;
    if (isTreeMap(tree)) merged = mergeTrees(merged, tree);
    else faults.addAt(file, 'must be a map of sections such as providers and models');
  }
  const data = settleTree(toCanonicalTree(substitute(merged, env, faults), faults)) ?? {};
  const whole = fillModels(data);
  const document = validateDocument(whole.data, faults);
  checkDocument(whole.data, faults);
  faults.throwIfAny();
  if (!document) throw new TypeError('A configuration was refused without a fault.');
  const source = texts.map(({ file }) => file);
  return buildConfiguration({ document, data, filled: whole.filled, source, overlay: new Map() });
}
