import { balanceLedger, checkUsage, sampleUsageDay, type LedgerBalance, type UsageCheck } from '@switchyard/budget';
import { formatUsd } from '@switchyard/contract';
import { openDatabase, type Database } from '@switchyard/database';
import { escapeText } from '../output/escape-text.js';
import { formatTable } from '../output/table.js';
import type { CommandOptions } from '../run-command.js';
import { runningDatabase } from '../start/running-database.js';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 24 * 3_600_000;
/** A day of a busy installation is added up in one statement. */
const STATEMENT_LIMIT_MS = 600_000;

/** Checks the books while the gateway goes on. @returns the status to exit with: 0 they fit, 1 they do not, 2 no such day */
export async function checkLedger({ day }: CommandOptions): Promise<number> {
  const given = day === undefined ? undefined : readDay(day);
  if (given === null) {
    process.stderr.write('--day must be a day such as 2026-11-20.\n');
    return 2;
  }
  const database = openDatabase({
    url: await runningDatabase(),
    applicationName: 'switchyard ledger check',
    poolSize: 1,
    statementTimeoutMs: STATEMENT_LIMIT_MS,
  });
  try {
    return await report(database, given);
  } finally {
    await database.close();
  }
}

async function report(database: Database, given: Date | undefined): Promise<number> {
  const balance = await balanceLedger(database);
  print(describeBalance(balance));
  const day = given ?? (await sampleUsageDay(database));
  if (!day) {
    print(['There is no usage yet to hold against the lines.']);
    return isFaulty(balance) ? 1 : 0;
  }
  const check = await checkUsage(database, day, new Date(day.getTime() + DAY_MS));
  print(describeUsage(check, day));
  return isFaulty(balance) || check.faulty > 0 ? 1 : 0;
}

function isFaulty({ unbalanced, miscounted }: LedgerBalance): boolean {
  return unbalanced + miscounted > 0;
}

function describeBalance(balance: LedgerBalance): string[] {
  const { attempts, bookings, spent, held, unbalanced, miscounted, faults } = balance;
  const what = `${attempts} attempts and ${bookings} bookings; spent $${formatUsd(spent)}, held $${formatUsd(held)}`;
  if (!isFaulty(balance)) return [`The ledger balances: ${what}.`];
  const columns = ['job', 'attempt', 'fault', 'reserved', 'overrun', 'settled', 'released'];
  return [
    `The ledger does not balance: ${unbalanced} unbalanced and ${miscounted} miscounted of ${what}.`,
    ...formatTable(
      columns.map((title, index) => ({ title, align: index === 1 || index > 2 ? 'right' : 'left' })),
      faults.map((fault) => [
        fault.job,
        String(fault.attempt),
        fault.fault,
        ...[fault.reserved, fault.overrun, fault.settled, fault.released].map(formatUsd),
      ]),
    ),
    ...andMore(unbalanced + miscounted - faults.length),
  ];
}

function describeUsage({ checked, faulty, faults }: UsageCheck, day: Date): string[] {
  const name = day.toISOString().slice(0, 10);
  if (faulty === 0)
    return [`The usage of ${name} is what its lines come to (${checked} hours, days and months, by model and key).`];
  const columns = ['span', 'from', 'provider', 'model', 'tenant', 'key', 'requests', 'cost', 'requests', 'cost'];
  return [
    `The usage of ${name} is not what its lines come to: ${faulty} of ${checked} hours, days and months, by model and key.`,
    'Figures by the lines, and beside them by the reports:',
    ...formatTable(
      columns.map((title, index) => ({ title, align: index > 5 ? 'right' : 'left' })),
      faults.map(({ span, startsAt, provider, model, tenant, key, requests, cost }) => [
        span,
        startsAt.toISOString().slice(0, 16),
        ...[provider, model, tenant, key].map((text) => escapeText(text ?? '–')),
        ...[0, 1].flatMap((side) => [
          String(requests[side] ?? ''),
          cost[side] === undefined ? '' : formatUsd(cost[side]),
        ]),
      ]),
    ),
    ...andMore(faulty - faults.length),
  ];
}

function andMore(count: number): string[] {
  return count > 0 ? [`… and ${count} more.`] : [];
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** @returns null for what is no day */
function readDay(text: string): Date | null {
  const day = new Date(`${text}T00:00:00Z`);
  return DAY.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) ? day : null;
}
