import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { balanceLedger, checkUsage, foldUsage, readUsage } from '@switchyard/budget';
import { openDatabase, sql } from '@switchyard/database';
import { startEmbeddedPostgres } from '@switchyard/database/embedded';
import { migrateDatabase } from '@switchyard/database/migrate';
import { fillLedger, makeNames } from './fill-ledger.mjs';
import { openLifeBench } from './life-of-jobs.mjs';
import { median, time } from './measure.mjs';

/**
 * Reports and admission over a large ledger, in a Postgres of its own with the settings that the product starts it with:
 *
 *     npm run build:fast && node scripts/bench/ledger.mjs --lines 10000000
 *
 * Jobs, attempts and lines are generated over the month before this one (three lines for each attempt, spread over fifty
 * tenants with two keys each and ten models), go through the fold as settlements do, and are then read by month. Jobs are
 * admitted, claimed and settled before and after, 32 at a time. Prints one JSON document.
 */
const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '10000000' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    check: { type: 'boolean', default: false },
  },
});
const lines = Number(values.lines);
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);

const root = process.getuid?.() === 0;
const folder = await mkdtemp(join(root ? '/tmp' : tmpdir(), 'switchyard-bench-'));
if (root) await chmod(folder, 0o755);
const server = await startEmbeddedPostgres({
  dataDirectory: folder,
  logger: { info: () => undefined, warn: (_, message) => console.error(message) },
});
const database = openDatabase({ url: server.url, applicationName: 'bench', poolSize: 10, statementTimeoutMs: 600_000 });
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void tidy().then(() => process.exit(1)));
try {
  console.log(JSON.stringify(await bench(), undefined, 2));
} finally {
  await tidy();
}

async function tidy() {
  await database.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function bench() {
  await migrateDatabase({ url: server.url });
  await database.query(sql`select ensure_partitions(1)`);
  await makeNames(database);
  const life = await openLifeBench(database, server.pid);
  say('warming up');
  await life.run(seconds);
  const empty = await lives(life, 'empty');

  const now = new Date();
  const month = {
    from: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1)),
    to: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth())),
  };
  const filled = await time(() => fillLedger(database, { lines, ...month, say }));
  const folding = await time(() => foldUsage(database));
  say(`folded ${folding.result} settlements in ${Math.round(folding.milliseconds)} ms`);
  for (const table of [sql`jobs`, sql`attempts`, sql`ledger_entries`, sql`usage_rollups`, sql`usage_deltas`])
    await database.query(sql`vacuum analyze ${table}`);
  const [sizes] = await database.query(sql`
    select pg_size_pretty(sum(pg_total_relation_size(name::regclass)) filter (where name = 'ledger_entries')) as ledger,
           pg_size_pretty(sum(pg_total_relation_size(name::regclass)) filter (where name like 'usage_%')) as usage,
           (select count(*) from usage_hours)::integer as hours, (select count(*) from usage_days)::integer as days
      from unnest(array['ledger_entries', 'usage_deltas', 'usage_hours', 'usage_days']) as name`);

  const reports = {
    'by model': await report({ ...month, groupBy: ['model'] }),
    'by tenant, day': await report({ ...month, groupBy: ['tenant', 'day'] }),
    'by everything': await report({ ...month, groupBy: ['model', 'provider', 'tenant', 'key', 'day'] }),
    'by model, days cut by hours': await report({
      from: new Date(month.from.getTime() + 5 * 3_600_000),
      to: new Date(month.to.getTime() - 7 * 3_600_000),
      groupBy: ['model'],
    }),
  };
  const full = await lives(life, 'full');
  const nextHour = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000);
  const [{ waiting }] = await database.query(sql`select count(*)::integer as waiting from usage_deltas`);
  const unfolded = await report({ from: month.from, to: nextHour, groupBy: ['model'] });
  return {
    lines: filled.result,
    fillSeconds: Math.round(filled.milliseconds / 1_000),
    fold: { settlements: folding.result, perSecond: Math.round((folding.result / folding.milliseconds) * 1_000) },
    ...sizes,
    lives: { empty, full },
    reports,
    reportWithWhatIsNotFolded: { settlements: waiting, ...unfolded },
    ...(values.check ? { check: await check(month) } : {}),
  };
}

/** Admissions, claims and settlements, in some rounds. */
async function lives(life, name) {
  const figures = [];
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} on the ${name} ledger`);
    figures.push(await life.run(seconds));
  }
  return Object.fromEntries(
    Object.keys(figures[0]).map((figure) => [figure, median(figures.map((each) => each[figure]))]),
  );
}

async function report(query) {
  const runs = [];
  for (let run = 0; run < 5; run += 1) runs.push(await time(() => readUsage(database, { ...query, limit: 50_000 })));
  return {
    groups: runs[0].result.length,
    firstMs: Math.round(runs[0].milliseconds),
    medianMs: Math.round(median(runs.map(({ milliseconds }) => milliseconds))),
  };
}

async function check(month) {
  const whole = await time(() => balanceLedger(database));
  const day = await time(() => checkUsage(database, month.from, new Date(month.from.getTime() + 24 * 3_600_000)));
  const { attempts, unbalanced, miscounted } = whole.result;
  return {
    ledger: { attempts, unbalanced, miscounted, seconds: Math.round(whole.milliseconds / 1_000) },
    day: { checked: day.result.checked, faulty: day.result.faulty, seconds: Math.round(day.milliseconds / 1_000) },
  };
}

function say(text) {
  console.error(text);
}
