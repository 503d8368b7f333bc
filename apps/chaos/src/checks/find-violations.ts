import type { Evidence, Violation } from '../evidence/evidence.js';
import { checkAnswers } from './check-answers.js';
import { checkCalls } from './check-calls.js';
import { checkEffects } from './check-effects.js';
import { checkEndings } from './check-endings.js';
import { checkLedger } from './check-ledger.js';

/** Holds everything that is known of a run against everything else. Pure. */
export function findViolations(evidence: Evidence): Violation[] {
  return [checkEndings, checkEffects, checkLedger, checkCalls, checkAnswers].flatMap((check) => check(evidence));
}
