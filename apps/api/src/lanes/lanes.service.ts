import { Inject, Injectable } from '@nestjs/common';
import { recordChange, type Author } from '@switchyard/config';
import { GatewayError } from '@switchyard/contract';
import {
  pauseLanes,
  readLanes,
  readPauses,
  resumeLanes,
  type Lane,
  type LaneScope,
  type Pause,
} from '@switchyard/jobs';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { timely } from '../http/timely.js';

/** What waits, and what was told to. */
export interface LanesNow {
  readonly lanes: readonly Lane[];
  readonly pauses: readonly Pause[];
}

/** Shows lanes, and lets them wait and go on. */
@Injectable()
export class LanesService {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  async read(): Promise<LanesNow> {
    const { database } = this.context.app;
    return await timely(async () => {
      const [lanes, pauses] = await Promise.all([readLanes(database), readPauses(database)]);
      return { lanes, pauses };
    });
  }

  /** @returns false where it was so already */
  async pause(scope: LaneScope, author: Author): Promise<boolean> {
    return await this.#change(scope, author, 'paused');
  }

  /** @returns false where it was so already */
  async resume(scope: LaneScope, author: Author): Promise<boolean> {
    return await this.#change(scope, author, 'resumed');
  }

  async #change(scope: LaneScope, author: Author, to: 'paused' | 'resumed'): Promise<boolean> {
    this.#refuseUnknown(scope);
    return await timely(
      async () =>
        await this.context.app.database.transaction(async (transaction) => {
          const changed =
            to === 'paused' ? await pauseLanes(transaction, scope, author.by) : await resumeLanes(transaction, scope);
          const named = { ...scope };
          const [before, after] = to === 'paused' ? [null, named] : [named, null];
          if (changed)
            await recordChange(transaction, { collection: 'lanes', name: nameOf(scope), before, after }, author);
          return changed;
        }),
    );
  }

  /** A pause of what does not exist would hold nothing back, and nobody would notice. */
  #refuseUnknown({ provider, model, tenant }: LaneScope): void {
    const { registry, keys } = this.context;
    if (provider === undefined && model === undefined && tenant === undefined) {
      throw invalid('Name what is meant: a provider, a model, a tenant, or several of them.', 'provider');
    }
    if (provider !== undefined && !registry.provider(provider))
      throw invalid(unknown('provider', provider), 'provider');
    if (model !== undefined && registry.resolveModel(model)?.id !== model)
      throw invalid(unknown('model', model), 'model');
    if (tenant !== undefined && keys.tenantId(tenant) === undefined) throw invalid(unknown('tenant', tenant), 'tenant');
  }
}

function unknown(what: string, name: string): string {
  return `There is no ${what} "${name}"; the configuration lists those that there are.`;
}

function invalid(message: string, param: string): GatewayError {
  return new GatewayError('invalid_request_error', message, { param });
}

function nameOf(scope: LaneScope): string {
  return Object.values(scope).join('/');
}
