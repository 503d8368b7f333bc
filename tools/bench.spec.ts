import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const BENCH = join(import.meta.dirname, '../scripts/bench');

/** Runs a bench, as small as it goes. @returns what it prints */
async function run(script: string, ...words: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(BENCH, script), ...words]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** What nobody runs for months must still run then. */
describe('a bench', () => {
  it('of the ledger fills, folds, reads, and admits beside it', async () => {
    const { lines, lives, reports, check } = await run(
      'ledger.mjs',
      ...['--lines', '3000', '--seconds', '0.2', '--rounds', '1', '--check'],
    );
    expect(lines).toBe(3_000);
    expect(check).toMatchObject({ ledger: { unbalanced: 0, miscounted: 0 }, day: { faulty: 0 } });
    const positive = expect.any(Number) as unknown as number;
    const life = { admissionsPerSecond: positive, claimsAndSettlementsPerSecond: positive };
    expect(lives).toMatchObject({ empty: life, full: life });
    expect(reports).toMatchObject({ 'by model': { groups: 10 } });
  }, 120_000);

  it('of admission has every request answered 202, with budgets and keys', async () => {
    const { perSecond, jobs } = await run(
      'admission.mjs',
      ...['--engine', 'postgres', '--seconds', '0.3', '--rounds', '1', '--keys', '--apis', '2'],
    );
    expect([Number(perSecond) > 0, Number(jobs) > 0]).toEqual([true, true]);
  }, 120_000);

  it('of the choice of a model makes each kind of choice', async () => {
    const { choice } = await run('choice.mjs', ...['--rounds', '10']);
    const positive = { p50: expect.any(Number) as unknown, p99: expect.any(Number) as unknown };
    expect(choice).toMatchObject({ byScoreAfterAllRules: positive, byTheLastRule: positive, byName: positive });
  }, 60_000);

  it('of the start has everything come up twice, idle, and end the jobs that it is sent', async () => {
    const figures = await run('start.mjs', ...['--settle', '0', '--idle', '1', '--requests', '20', '--rounds', '1']);
    const positive = ['firstStartMs', 'warmStartMs', 'idleMegabytes', 'postP50Ms', 'succeededP50Ms'];
    expect(positive.filter((figure) => !(Number(figures[figure]) > 0))).toEqual([]);
  }, 120_000);
});
