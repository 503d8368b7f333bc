import type { Evidence, Violation } from '../evidence/evidence.js';
import { violation } from './violation.js';

/** What a call is recorded as that may never have reached the vendor. */
const MAYBE_UNSEEN = ['unknown', 'unsent'];

/**
 * I5: every call that the vendor saw is recorded; every recorded call that it did not see is marked unknown or failed
 * before its request was on the wire. One that was lost on the wire itself was on the wire.
 */
export function checkCalls({ attempts, vendorCalls, recordedCalls, wasLost }: Evidence): Violation[] {
  const recorded = attempts.filter(({ callState }) => callState !== null);
  const names = new Set(recorded.map(({ name }) => name));
  const seen = vendorCalls.flatMap(({ attempt }) => (attempt === undefined ? [] : [attempt]));
  const seenNames = new Set(seen);
  const unseen = recorded.filter(({ name }) => !seenNames.has(name));
  const unmarked = vendorCalls.filter(({ attempt }) => attempt === undefined).map(({ path }) => path);
  const orphans = recordedCalls - recorded.length;
  return [
    violation(
      'I5',
      'seen by the vendor and not recorded',
      seen.filter((name) => !names.has(name)),
    ),
    violation(
      'I5',
      'sent to the vendor twice',
      seen.filter((name, index) => seen.indexOf(name) !== index),
    ),
    violation(
      'I5',
      'recorded as sent and never seen by the vendor',
      unseen
        .filter(({ name, callState }) => !MAYBE_UNSEEN.includes(callState ?? '') && !wasLost(name))
        .map(({ name, callState }) => `${name} (${callState})`),
    ),
    violation(
      'I5',
      'recorded as unsent and seen by the vendor',
      recorded.filter(({ name, callState }) => callState === 'unsent' && seenNames.has(name)).map(({ name }) => name),
    ),
    violation('I5', 'reached the vendor without an attempt', unmarked),
    orphans > 0 ? [{ rule: 'I5', what: `${orphans} calls are recorded without an attempt`, ids: [] }] : [],
  ].flat();
}
