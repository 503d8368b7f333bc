import type { BudgetSettings } from '@switchyard/contract';
import { sql, type Queryable } from '@switchyard/database';

/**
 * Brings budgets into the database, which decides by them. A budget that is not among them any more holds nothing back
 * from here on; what it counted stays. Tenants and keys must be there before.
 */
export async function syncBudgets(database: Queryable, budgets: readonly BudgetSettings[]): Promise<void> {
  const rows = budgets.map((budget) => ({
    name: budget.name,
    tenant: budget.tenant,
    key: budget.key,
    model: budget.model,
    time_zone: budget.timeZone,
    daily_nano: budget.dailyLimit?.toString(),
    monthly_nano: budget.monthlyLimit?.toString(),
    alert_ppm: budget.alertThresholdPpm,
    rule: budget.rule,
  }));
  await database.query(sql`select write_budgets(${JSON.stringify(rows)}::json)`);
}
