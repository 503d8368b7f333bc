import type { PlainMap } from '../schema/navigate.js';

/** Moves each rule that says which one it stands before, and does not, to where it says. */
export function inOrder(rules: readonly PlainMap[]): readonly PlainMap[] {
  const ordered = [...rules];
  for (const rule of rules) {
    if (rule['before'] === undefined) continue;
    const from = ordered.indexOf(rule);
    const to = ordered.findIndex(({ name }) => name === rule['before']);
    if (to < 0 || to > from) continue;
    ordered.splice(from, 1);
    ordered.splice(to, 0, rule);
  }
  return ordered;
}
