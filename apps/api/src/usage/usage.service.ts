import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { bookCost, readUsage, type Booking, type UsageRow } from '@switchyard/budget';
import { GatewayError, parseUsd } from '@switchyard/contract';
import type { Submitter } from '@switchyard/gate';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { timely } from '../http/timely.js';
import type { BookCostBody } from './book-cost.body.js';
import type { ReadUsageQuery } from './read-usage.query.js';
import type { UsagePeriod } from './usage-period.js';

/** Groups of one report at most: some ten megabytes. */
const MOST_GROUPS = 50_000;

/** What was used, and what else it cost. */
@Injectable()
export class UsageService {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  async read(query: ReadUsageQuery, period: UsagePeriod): Promise<readonly UsageRow[]> {
    const { app, registry } = this.context;
    if (query.tenant !== undefined) this.tenantId(query.tenant);
    const { groupBy, provider, tenant, key } = query;
    const model = query.model === undefined ? undefined : (registry.resolveModel(query.model)?.id ?? query.model);
    const limit = MOST_GROUPS;
    const wanted = { ...period, groupBy, model, provider, tenant, key, limit };
    const rows = await timely(() => readUsage(app.database, wanted));
    if (rows.length <= limit) return rows;
    throw new GatewayError(
      'invalid_request_error',
      `\`groupBy\` makes more than ${limit} rows; ask for a shorter time, fewer groups, or one tenant, model or key.`,
      { param: 'groupBy' },
    );
  }

  async book(body: BookCostBody, submitter: Submitter, idempotencyKey: string | null): Promise<Booking> {
    const { app } = this.context;
    const cost = parseUsd(body.cost);
    if (cost === undefined) throw new Error('A cost was let through that is none.');
    const booking = {
      tenantId: body.tenant === undefined ? submitter.tenantId : this.tenantId(body.tenant),
      key: body.key ?? null,
      ...this.place(body),
      cost,
      promptTokens: body.promptTokens ?? null,
      completionTokens: body.completionTokens ?? null,
      description: body.description ?? null,
      bookedBy: { keyId: submitter.key.id, tenantId: submitter.tenantId },
      idempotencyKey,
      digest: digestOf(body),
    };
    return await timely(() => bookCost(app.database, booking));
  }

  /** Under which provider and model a cost is booked. */
  private place({ model, provider }: BookCostBody): { readonly provider: string; readonly model: string } {
    const known = this.context.registry.resolveModel(model);
    const named = provider ?? known?.provider;
    if (named !== undefined) return { provider: named, model: known?.id ?? model };
    throw new GatewayError(
      'invalid_request_error',
      `\`provider\` must say where "${model}" was used, as the configuration has no such model.`,
      { param: 'provider' },
    );
  }

  private tenantId(name: string): number {
    const id = this.context.keys.tenantId(name);
    if (id !== undefined) return id;
    throw new GatewayError('invalid_request_error', `There is no tenant "${name}"; name one that there is.`, {
      param: 'tenant',
    });
  }
}

/** The same for bodies that ask for the same, in whatever order their fields came. */
function digestOf(body: BookCostBody): string {
  const fields = Object.entries(body).filter(([, value]) => value !== undefined && value !== null);
  const canonical = JSON.stringify(fields.toSorted(([one], [other]) => (one < other ? -1 : 1)));
  return createHash('sha256').update(canonical).digest('hex');
}
