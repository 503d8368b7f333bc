import { startApp, type AppProcess } from '@switchyard/stage';
import { describeEngines } from '@switchyard/queue/testing';

const SEED = '7';
/** In the order of the list; which comes when, and how, is the seed's. Not F17: it bounds milliseconds. */
const FAULTS = 'F1,F2,F5,F10,F11,F16,F18,F20';
const CLOSING_LINE =
  /^seed 7; submitted (\d+) = accounted \1 \(succeeded \d+, failed \d+, canceled \d+, expired \d+\); vendor calls \d+, recorded calls \d+, unknown \d+; attempts \d+; ledger sum 0; budget overshoot 0; webhooks delivered -, duplicates -; stream gaps -; recovery p50 [\d.]+ s, p99 [\d.]+ s$/;

/** The command itself, with a short schedule. */
describeEngines('npm run chaos', (engine) => {
  let chaos: AppProcess | undefined;

  afterAll(async () => {
    if (chaos?.running === true) await chaos.end('SIGTERM');
  });

  it('finds that every invariant holds', async () => {
    const words = ['--seed', SEED, '--engine', engine, '--minutes', '0.1', '--faults', FAULTS];
    chaos = startApp('chaos', {}, { parameters: words });
    const { code } = await chaos.ended;
    const lines = chaos.output().trim().split('\n');
    // What it printed says which fault did it, and how to do it again.
    expect([code, lines.filter((line) => line.includes('VIOLATED') || line.includes('FAILED')), lines]).toEqual([
      0,
      [],
      expect.anything(),
    ]);
    expect(lines.filter((line) => CLOSING_LINE.test(line))).toHaveLength(1);
    for (const fault of FAULTS.split(',')) {
      expect(
        lines.filter((line) => new RegExp(`^\\+[\\d.]+ s +${fault} .*recovered after [\\d.]+ s`).test(line)),
      ).toHaveLength(1);
    }
  }, 400_000);
});
