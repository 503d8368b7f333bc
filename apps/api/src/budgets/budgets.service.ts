import { Inject, Injectable } from '@nestjs/common';
import { readBudgetsOfScope, readBudgetUsage, readOwnBudgets, type BudgetUsage } from '@switchyard/budget';
import { formatUsd, GatewayError, parseUsd, type NanoUsd } from '@switchyard/contract';
import type { Submitter } from '@switchyard/gate';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { timely } from '../http/timely.js';

/** Whether budgets would admit something now. */
export interface BudgetCheck {
  readonly allowed: boolean;
  /** What one attempt would reserve. */
  readonly estimatedCost: string;
  /** Of the budget with the least left; null where none applies. */
  readonly remaining: string | null;
  readonly budget: string | null;
  readonly resetsAt: string | null;
}

/** What is asked about: a job, or a cost that somebody else has estimated. */
interface Question {
  readonly model?: string;
  /** In the order of how exact they are; the first that fits will do. */
  readonly costs: AsyncIterable<NanoUsd> | Iterable<NanoUsd>;
}

/** What budgets say, to those whom they hold for. */
@Injectable()
export class BudgetsService {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  async read(name: string): Promise<BudgetUsage> {
    const usage = await timely(() => readBudgetUsage(this.context.app.database, name));
    if (!usage) throw new GatewayError('not_found_error', 'There is no budget of this name.');
    return usage;
  }

  /** The budgets that are a key's own. */
  async listOwn({ tenantId, key }: Submitter): Promise<readonly BudgetUsage[]> {
    return await timely(() => readOwnBudgets(this.context.app.database, tenantId, key.id));
  }

  /** @param body `{estimatedCost}` or a job. Reserves nothing: the answer may be out of date when it arrives. */
  async check(body: unknown, submitter: Submitter): Promise<BudgetCheck> {
    return await timely(async (signal) => {
      const { model, costs } = await this.#questionOf(body, submitter, signal);
      const scope = {
        tenantId: submitter.tenantId,
        keyId: submitter.key.id,
        ...(model === undefined ? {} : { model }),
      };
      const tightest = tightestWindow(await readBudgetsOfScope(this.context.app.database, scope));
      let cost: NanoUsd | undefined;
      for await (cost of costs) if (!tightest || cost <= tightest.remaining) break;
      if (cost === undefined) throw new Error('A question about budgets was asked without a cost.');
      return {
        allowed: !tightest || cost <= tightest.remaining,
        estimatedCost: formatUsd(cost),
        remaining: tightest ? formatUsd(tightest.remaining) : null,
        budget: tightest?.name ?? null,
        resetsAt: tightest?.resetsAt.toISOString() ?? null,
      };
    });
  }

  async #questionOf(body: unknown, submitter: Submitter, signal: AbortSignal): Promise<Question> {
    if (typeof body !== 'object' || body === null || !('estimatedCost' in body)) {
      return await this.context.gate.estimate({ body, submitter, signal });
    }
    const unknown = Object.keys(body).find((field) => field !== 'estimatedCost');
    if (unknown !== undefined) {
      throw invalid(unknown, 'stands beside `estimatedCost`, which is asked about alone; send that, or a whole job');
    }
    const { estimatedCost } = body;
    const cost = typeof estimatedCost === 'string' ? parseUsd(estimatedCost) : undefined;
    if (cost === undefined || cost < 0n) {
      throw invalid('estimatedCost', 'must be dollars as a decimal string that is not negative, such as "0.02"');
    }
    return { costs: [cost] };
  }
}

function tightestWindow(
  budgets: readonly BudgetUsage[],
): { readonly name: string; readonly remaining: NanoUsd; readonly resetsAt: Date } | undefined {
  return budgets
    .filter(({ rule }) => rule !== 'warn')
    .flatMap(({ name, windows }) => windows.map(({ remaining, resetsAt }) => ({ name, remaining, resetsAt })))
    .reduce<{ readonly name: string; readonly remaining: NanoUsd; readonly resetsAt: Date } | undefined>(
      (least, window) => (least && least.remaining <= window.remaining ? least : window),
      undefined,
    );
}

function invalid(param: string, what: string): GatewayError {
  return new GatewayError('invalid_request_error', `\`${param}\` ${what}.`, { param });
}
