import { at, attempt, evidence, job, vendorCall } from '../__fixtures__/sound-evidence.js';
import { closingLine } from './closing-line.js';

describe('closingLine', () => {
  it('says in one line what the run came to', () => {
    const run = evidence({
      jobs: [job(1), job(2, { outcome: 'canceled' }), job(3, { finishedAt: at(9_000) })],
      attempts: [attempt(1), attempt(2, { callState: 'unknown' }), attempt(3)],
      vendorCalls: [vendorCall(1), vendorCall(3)],
      faults: [{ fault: 'F1', beganAt: at(10), endedAt: at(2_000) }],
    });
    expect(closingLine(42, run, 0n)).toBe(
      'seed 42; submitted 3 = accounted 3 (succeeded 2, failed 0, canceled 1, expired 0); ' +
        'vendor calls 2, recorded calls 3, unknown 1; attempts 3; ledger sum 0; budget overshoot 0; ' +
        'webhooks delivered -, duplicates -; stream gaps -; recovery p50 7.0 s, p99 7.0 s',
    );
  });

  it('shows what is missing', () => {
    const run = evidence({ jobs: [job(1), job(2)], ledger: { debits: 5n, credits: 5n, held: 3n } });
    const line = closingLine(1, run, 12n);
    expect(line).toContain('submitted 3 ≠ accounted 2');
    expect(line).toContain('ledger sum 3; budget overshoot 12;');
    expect(line).toContain('recovery p50 -, p99 -');
  });
});
