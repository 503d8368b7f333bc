import type { Evidence } from '../evidence/evidence.js';
import { percentile, recoveryTimes } from '../checks/recovery.js';
import { TERMINAL_STATUSES } from '@switchyard/contract';

/** What only later parts of the product have: webhooks and streams. */
const NOT_YET = '-';

/** @param overshoot The furthest that a budget was seen past its limit, in nano-dollars. */
export function closingLine(seed: number, evidence: Evidence, overshoot: bigint): string {
  const { submissions, jobs, attempts, vendorCalls, recordedCalls, ledger } = evidence;
  const promised = new Set(submissions.flatMap(({ jobId }) => (jobId === undefined ? [] : [jobId])));
  const accounted = jobs.filter(({ id, outcome }) => promised.has(id) && outcome !== null);
  const byOutcome = TERMINAL_STATUSES.map(
    (status) => `${status} ${accounted.filter(({ outcome }) => outcome === status).length}`,
  );
  const unknown = attempts.filter(({ callState }) => callState === 'unknown').length;
  const recoveries = recoveryTimes(evidence);
  const sign = promised.size === accounted.length ? '=' : '≠';
  return [
    `seed ${seed}`,
    `submitted ${promised.size} ${sign} accounted ${accounted.length} (${byOutcome.join(', ')})`,
    `vendor calls ${vendorCalls.length}, recorded calls ${recordedCalls}, unknown ${unknown}`,
    `attempts ${attempts.length}`,
    `ledger sum ${ledger.debits - ledger.credits + ledger.held}`,
    `budget overshoot ${overshoot}`,
    `webhooks delivered ${NOT_YET}, duplicates ${NOT_YET}`,
    `stream gaps ${NOT_YET}`,
    `recovery p50 ${seconds(percentile(recoveries, 0.5))}, p99 ${seconds(percentile(recoveries, 0.99))}`,
  ].join('; ');
}

function seconds(milliseconds: number | undefined): string {
  return milliseconds === undefined ? NOT_YET : `${(milliseconds / 1_000).toFixed(1)} s`;
}
