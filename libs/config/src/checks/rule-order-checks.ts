import { suggestion } from '../faults/suggest.js';
import type { Place } from './place.js';

/** Holds what a rule says of its place against the place that it has. */
export function checkRuleOrder(rules: Place): void {
  const names = rules.items().map((rule) => rule.at('name').text ?? '');
  for (const [index, rule] of rules.items().entries()) {
    const before = rule.at('before');
    if (before.text === undefined) continue;
    const other = names.indexOf(before.text);
    if (other === index) before.fault('is the rule itself; name another, or leave it out');
    else if (other < 0) before.fault(`no routing rule is named "${before.text}"${suggestion(before.text, names)}`);
    else if (other < index) before.fault(`the rule ${before.text} stands above this one; let one of them go first`);
  }
}
