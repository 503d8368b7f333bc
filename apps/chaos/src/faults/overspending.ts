import { formatUsd, nanoUsd, parseUsd, type NanoUsd } from '@switchyard/contract';
import { until } from '@switchyard/stage';
import { textField } from '../client/http-call.js';
import type { Client } from '../client/client.js';
import type { JobKindName } from '../client/job-kinds.js';
import { BUDGET, KEYS } from '../stage/configuration.js';
import type { Fault, FaultContext } from './fault.js';
import { admittedIds, readEnded } from './look.js';

const REQUESTS = 1_000;
const AGAIN = 100;
const USED_AT_LEAST_PERCENT = 95n;
const END_LIMIT_MS = 30_000;

/** A budget's day, as the API tells of it. */
export interface BudgetDay {
  readonly limit: NanoUsd;
  readonly spent: NanoUsd;
  readonly reserved: NanoUsd;
  readonly remaining: NanoUsd;
  readonly overrun: NanoUsd;
}

/** @throws Error with what was answered instead. */
export async function readBudget(client: Client): Promise<BudgetDay> {
  const outcome = await client.ask({ method: 'GET', path: `/v1/admin/budgets/${BUDGET.name}/usage`, key: KEYS.admin });
  const amount = (field: string): NanoUsd => {
    const text = outcome.kind === 'answered' ? textField(outcome.body, 'windows', 'daily', field) : undefined;
    const value = text === undefined ? undefined : parseUsd(text);
    if (value === undefined) throw new Error(`The budget's usage has no ${field}: ${JSON.stringify(outcome)}`);
    return value;
  };
  return {
    limit: amount('limit'),
    spent: amount('spent'),
    reserved: amount('reserved'),
    remaining: amount('remaining'),
    overrun: amount('overrun'),
  };
}

/** By how much a budget is past its limit: I4 allows nothing. Negative: what is left. */
export function overshootOf({ spent, reserved, overrun, limit }: BudgetDay): NanoUsd {
  return nanoUsd(spent + reserved - overrun - limit);
}

async function spend({ client }: FaultContext, kind: JobKindName, count: number): Promise<string[]> {
  const requests = Array.from({ length: count }, () => client.submit(kind, { key: KEYS.spender }));
  return admittedIds(await Promise.all(requests));
}

async function untilEnded({ stage }: FaultContext, ids: readonly string[]): Promise<void> {
  const allEnded = async (): Promise<boolean> =>
    (await readEnded(stage.database, ids)).every(({ outcome }) => outcome !== null);
  await until('what was admitted has ended', allEnded, END_LIMIT_MS);
}

/** More is asked for than a budget has, all at once, and then again until nothing fits. */
export const OVERSPENDING: Fault = {
  id: 'F19',
  variants: [
    {
      name: `${REQUESTS} requests at once on a budget for ${BUDGET.reservations}, and again until nothing fits`,
      nominalMs: 25_000,
      async run(context) {
        const { client, violate, note } = context;
        const before = await readBudget(client);
        const one = nanoUsd(before.limit / BigInt(BUDGET.reservations));
        const room = Number(before.remaining / one);
        let ids = await spend(context, 'budgeted and slow', REQUESTS);
        note(`${ids.length} of ${REQUESTS} admitted where ${room} fitted`);
        if (ids.length !== room) violate(`${ids.length} are admitted where ${room} fit`, ids);
        while (ids.length > 0) {
          await untilEnded(context, ids);
          ids = await spend(context, 'budgeted', AGAIN);
        }
        return async () => {
          const { spent, reserved, limit } = await readBudget(client);
          if (spent * 100n < limit * USED_AT_LEAST_PERCENT)
            violate(`only ${formatUsd(spent)} of ${formatUsd(limit)} is used`);
          if (reserved !== 0n) violate(`${formatUsd(reserved)} is still reserved`);
        };
      },
    },
  ],
};
