import type { Evidence, Violation } from '../evidence/evidence.js';
import { violation } from './violation.js';

/** I3: the ledger balances to the nano-dollar, for each attempt and over all, and nothing is held after the end. */
export function checkLedger({ attempts, ledger }: Evidence): Violation[] {
  const unbalanced = attempts.filter(
    ({ reserved, overrun, settled, released }) => reserved + overrun !== settled + released,
  );
  const { debits, credits, held } = ledger;
  return [
    violation(
      'I3',
      'reserved + overrun is not settled + released',
      unbalanced.map(({ name }) => name),
    ),
    debits === credits ? [] : [{ rule: 'I3', what: `debits of ${debits} against credits of ${credits}`, ids: [] }],
    held === 0n ? [] : [{ rule: 'I3', what: `${held} nano-dollars are held after the end`, ids: [] }],
  ].flat();
}
