import type { Lane, LaneScope } from '@switchyard/jobs';

/** A lane as the API answers it. */
interface LaneView extends Omit<Lane, 'oldest' | 'gate'> {
  readonly oldest: string | null;
  /** What it waits for besides a free worker. */
  readonly gate: { readonly for: string; readonly detail: string; readonly opensAt: string | null } | null;
}

/** All of them. */
export interface LaneListView {
  readonly data: readonly LaneView[];
  readonly nextCursor: null;
  readonly pauses: readonly object[];
}

/** What was paused or goes on. */
export interface LaneChangeView extends LaneScope {
  readonly paused: boolean;
  /** False: it was so already. */
  readonly changed: boolean;
}

export function viewLane({ oldest, gate, ...lane }: Lane): LaneView {
  return {
    ...lane,
    oldest: oldest?.toISOString() ?? null,
    gate: gate && { for: gate.cause, detail: gate.detail, opensAt: gate.opensAt?.toISOString() ?? null },
  };
}

const text = { type: 'string' } as const;
const textOrNull = { type: ['string', 'null'] } as const;
const count = { type: 'integer', minimum: 0 } as const;

const lane = {
  provider: text,
  model: text,
  tenant: text,
  weight: { type: 'number', description: "The tenant's share of a contended provider." },
  waiting: { ...count, description: 'Could start but for gates, limits and free workers.' },
  delayed: { ...count, description: 'Wait for a time or a budget.' },
  running: count,
  oldest: { ...textOrNull, description: 'Since when the first of those that wait has been ready.' },
  gate: {
    type: ['object', 'null'],
    required: ['for', 'detail', 'opensAt'],
    properties: {
      for: { type: 'string', enum: ['paused', 'breaker', 'rate_limit'] },
      detail: text,
      opensAt: textOrNull,
    },
  },
};
const pause = { provider: textOrNull, model: textOrNull, tenant: textOrNull, detail: text, since: text };

/** For the description. */
export const LANE_LIST_SCHEMA = {
  type: 'object',
  required: ['data', 'nextCursor', 'pauses'],
  properties: {
    data: { type: 'array', items: { type: 'object', required: Object.keys(lane), properties: lane } },
    nextCursor: { type: 'null' },
    pauses: { type: 'array', items: { type: 'object', required: Object.keys(pause), properties: pause } },
  },
};

/** For the description. */
export const LANE_CHANGE_SCHEMA = {
  type: 'object',
  required: ['paused', 'changed'],
  properties: { provider: text, model: text, tenant: text, paused: { type: 'boolean' }, changed: { type: 'boolean' } },
};
