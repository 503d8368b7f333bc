import { startApp, type AppProcess } from '@switchyard/stage';
import { describeEngines } from '@switchyard/queue/testing';

const SEED = '7';
/**
 * In the order of the list; which comes when, and how, is the seed's. Each on one engine, as the whole takes minutes: the
 * command does all of them on either. Not F2, which starts five workers one after the other within a time (what it is about
 * is in `suspects.spec.ts` too), and not F17, which bounds milliseconds.
 */
const FAULTS = { postgres: 'F1,F10,F16', redis: 'F5,F11,F18,F20' } as const;
const CLOSING_LINE =
  /^seed 7; submitted (\d+) = accounted \1 \(succeeded \d+, failed \d+, canceled \d+, expired \d+\); vendor calls \d+, recorded calls \d+, unknown \d+; attempts \d+; ledger sum 0; budget overshoot 0; webhooks delivered -, duplicates -; stream gaps -; recovery p50 [\d.]+ s, p99 [\d.]+ s$/;

/** The command itself, with a short schedule. */
describeEngines('npm run chaos', (engine) => {
  let chaos: AppProcess | undefined;

  afterAll(async () => {
    if (chaos?.running === true) await chaos.end('SIGTERM');
  });

  it('finds that every invariant holds', async () => {
    const words = ['--seed', SEED, '--engine', engine, '--minutes', '0.1', '--faults', FAULTS[engine]];
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
    for (const fault of FAULTS[engine].split(',')) {
      expect(
        lines.filter((line) => new RegExp(`^\\+[\\d.]+ s +${fault} .*recovered after [\\d.]+ s`).test(line)),
      ).toHaveLength(1);
    }
  }, 400_000);
});
