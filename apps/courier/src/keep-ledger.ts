import { checkUsage, foldUsage, watchLedger } from '@switchyard/budget';
import type { AppProcess } from '@switchyard/config';
import { foldQuality } from '@switchyard/jobs';
import type { Clockwork } from './clockwork.js';

const FOLD_EVERY_MS = 10_000;
const WATCH_EVERY_MS = 60_000;
const HOUR_MS = 60 * 60_000;
const NANO_PER_DOLLAR = 1e9;

/** Folds usage for the reports, keeps an eye on the ledger, and tells of both in metrics. */
export function keepLedger(
  { database, logger, metrics }: Pick<AppProcess, 'database' | 'logger' | 'metrics'>,
  clockwork: Pick<Clockwork, 'every'>,
  now: () => number = Date.now,
): void {
  const folded = metrics.counter({
    name: 'switchyard_folded_settlements_total',
    help: 'Settlements folded into the rollups that reports read.',
  });
  const unbalanced = metrics.gauge({
    name: 'switchyard_ledger_unbalanced_attempts',
    help: 'Attempts whose lines in the ledger do not fit, of those written since this courier started.',
  });
  const held = metrics.gauge({
    name: 'switchyard_ledger_held_usd',
    help: 'What open attempts hold in reservations.',
  });
  const faulty = metrics.gauge({
    name: 'switchyard_usage_faulty_rollups',
    help: 'Rollups of the last whole hour that are not what its lines in the ledger come to.',
  });
  const watch = watchLedger(database);

  clockwork.every(FOLD_EVERY_MS, 'fold usage', async () => folded.add({}, await foldUsage(database)));
  clockwork.every(FOLD_EVERY_MS, 'fold scores', async () => void (await foldQuality(database)));
  clockwork.every(WATCH_EVERY_MS, 'watch the ledger', async () => {
    const sight = await watch.look();
    unbalanced.set({}, sight.unbalanced);
    held.set({}, Number(sight.held) / NANO_PER_DOLLAR);
    if (sight.found.length === 0) return;
    const attempts = sight.found.map(({ job, attempt, fault }) => `${job} attempt ${attempt}: ${fault}`);
    logger.error({ attempts }, 'the ledger does not balance; `switchyard ledger check` lists what is wrong');
  });
  clockwork.every(HOUR_MS, 'check the usage', async () => {
    const end = new Date(Math.floor(now() / HOUR_MS) * HOUR_MS);
    const start = new Date(end.getTime() - HOUR_MS);
    const check = await checkUsage(database, start, end);
    faulty.set({}, check.faulty);
    if (check.faulty === 0) return;
    const day = start.toISOString().slice(0, 10);
    logger.error(
      { faulty: check.faulty },
      `reports do not fit the ledger; see \`switchyard ledger check --day ${day}\``,
    );
  });
}
