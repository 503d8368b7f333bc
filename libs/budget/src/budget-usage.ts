import { nanoUsd, type BudgetPeriod, type BudgetRule, type NanoUsd } from '@switchyard/contract';
import { sql, type Database, type SqlStatement } from '@switchyard/database';

/** One window of a budget as it stands. */
export interface BudgetWindow {
  readonly period: BudgetPeriod;
  readonly limit: NanoUsd;
  readonly spent: NanoUsd;
  /** Held by attempts that have not ended. */
  readonly reserved: NanoUsd;
  /** The part of `spent` that attempts cost beyond what they had reserved. */
  readonly overrun: NanoUsd;
  /** What further attempts may reserve: limit − spent − reserved, never below 0. */
  readonly remaining: NanoUsd;
  readonly resetsAt: Date;
}

/** A budget and its current windows. */
export interface BudgetUsage {
  readonly name: string;
  readonly rule: BudgetRule;
  readonly windows: readonly BudgetWindow[];
}

interface WindowRow {
  readonly name: string;
  readonly rule: BudgetRule;
  readonly period: BudgetPeriod;
  readonly limit_nano: bigint;
  /** Numerics, which come as text: a budget that warns may be passed by more than 64 bits hold. */
  readonly spent_nano: string;
  readonly reserved_nano: string;
  readonly overrun_nano: string;
  readonly resets_at: Date;
}

/** Whose attempts, at which model. */
export interface ScopeOfBudgets {
  readonly tenantId: number;
  readonly keyId: number;
  /** Absent: budgets of single models are left out. */
  readonly model?: string;
}

/** Reads one budget. @returns undefined where there is none of that name. */
export async function readBudgetUsage(database: Database, name: string): Promise<BudgetUsage | undefined> {
  return (await readBudgets(database, sql`${name}, null, null, null, false`))[0];
}

/** Reads the budgets that hold for attempts of a scope, by name. */
export async function readBudgetsOfScope(database: Database, scope: ScopeOfBudgets): Promise<BudgetUsage[]> {
  return await readBudgets(database, sql`null, ${scope.tenantId}, ${scope.keyId}, ${scope.model ?? ''}, false`);
}

/** Reads the budgets that are a key's own: its tenant's and its own, of all models; not what others share in. */
export async function readOwnBudgets(database: Database, tenantId: number, keyId: number): Promise<BudgetUsage[]> {
  return await readBudgets(database, sql`null, ${tenantId}, ${keyId}, null, true`);
}

async function readBudgets(database: Database, which: SqlStatement): Promise<BudgetUsage[]> {
  return gather(
    await database.query<WindowRow>(sql`
      select name, rule, period, limit_nano, spent_nano, reserved_nano, overrun_nano, resets_at
        from read_budgets(${which})`),
  );
}

function gather(rows: readonly WindowRow[]): BudgetUsage[] {
  return [...Map.groupBy(rows, (row) => row.name)].flatMap(([name, windows]) =>
    windows[0] ? [{ name, rule: windows[0].rule, windows: windows.map(viewWindow) }] : [],
  );
}

function viewWindow(row: WindowRow): BudgetWindow {
  const [spent, reserved] = [BigInt(row.spent_nano), BigInt(row.reserved_nano)];
  const remaining = row.limit_nano - spent - reserved;
  return {
    period: row.period,
    limit: nanoUsd(row.limit_nano),
    spent: nanoUsd(spent),
    reserved: nanoUsd(reserved),
    overrun: nanoUsd(BigInt(row.overrun_nano)),
    remaining: nanoUsd(remaining > 0n ? remaining : 0n),
    resetsAt: row.resets_at,
  };
}
