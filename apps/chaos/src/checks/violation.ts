import type { Violation } from '../evidence/evidence.js';

/** One violation by all of these, or none where there are none. */
export function violation(rule: string, what: string, ids: readonly string[]): Violation[] {
  return ids.length === 0 ? [] : [{ rule, what, ids }];
}
