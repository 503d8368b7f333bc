import type { FaultList } from '../faults/fault-list.js';
import { type Path } from '../faults/path.js';
import { isTreeList, isTreeMap, SubstitutedText, UnknownText, type Tree } from './tree.js';

const REFERENCE = /\$(\$)?\{(?:([A-Za-z_]\w*)(?::-((?:(?!\$\{)[^}])*))?\})?/g;
const WHOLE_REFERENCE = /^\$\{[A-Za-z_]\w*(?::-(?:(?!\$\{)[^}])*)?\}$/;

/**
 * Puts environment variables into the strings of a tree: `${NAME}`, and `${NAME:-default}` where a variable that is
 * not set or empty has a default. `$${` stands for the characters `${`. A name that is not set is a fault. Keys are
 * left as they are, and a value never becomes more than one string.
 */
export function substitute(tree: Tree, environment: NodeJS.ProcessEnv, faults: FaultList, path: Path = []): Tree {
  if (isTreeMap(tree)) {
    return new Map([...tree].map(([key, value]) => [key, substitute(value, environment, faults, [...path, key])]));
  }
  if (isTreeList(tree)) {
    return tree.map((value, index) => substitute(value, environment, faults, [...path, index]));
  }
  return typeof tree === 'string' ? substituteText(tree, environment, faults, path) : tree;
}

function substituteText(text: string, environment: NodeJS.ProcessEnv, faults: FaultList, path: Path): Tree {
  let complete = true;
  const fail = (message: string): string => {
    faults.add(path, message);
    complete = false;
    return '';
  };
  const replace = (written: string, escaped?: string, name?: string, byDefault?: string): string => {
    if (escaped !== undefined) return written.slice(1);
    if (name === undefined) {
      return fail('${ begins no reference; write ${NAME} or ${NAME:-default}, or $${ for the characters themselves');
    }
    const value = environment[name];
    if (value !== undefined && value !== '') faults.hide(value, `\${${name}}`);
    if (byDefault !== undefined) return value === undefined || value === '' ? byDefault : value;
    if (value !== undefined) return value;
    return fail(`the environment variable ${name} is not set; set it, or give a default: \${${name}:-…}`);
  };
  const result = text.replaceAll(REFERENCE, replace);
  if (!complete) {
    faults.silence(path);
    return new UnknownText();
  }
  return WHOLE_REFERENCE.test(text) ? new SubstitutedText(result) : result;
}
