import { writePrice } from '@switchyard/budget';
import {
  DEFAULT_FALLBACK_ON,
  jobIdFromUuid,
  nanoUsd,
  type GenerateReply,
  type Price,
  type Provider,
} from '@switchyard/contract';
import type { ClaimedJob, JobPayload, PlannedTarget, Settlement } from '@switchyard/jobs';
import type { AttemptTools } from '../run-attempt.js';

/** What it costs. */
export const PRICE: Price = {
  inputPerMillion: nanoUsd(1_000_000_000n),
  outputPerMillion: nanoUsd(2_000_000_000n),
  perRequest: nanoUsd(0n),
  perImage: { default: nanoUsd(40_000_000n) },
  batchFactorPpm: 500_000,
  above: [],
};
/** What the vendor reports. */
export const USAGE = { promptTokens: 10, completionTokens: 5, totalTokens: 15 };
/** What it answers. */
export const REPLY: GenerateReply = {
  content: 'an answer',
  toolCalls: [],
  finishReason: 'stop',
  rawFinishReason: 'stop',
  usage: USAGE,
  warnings: [],
  raw: { id: 'raw' },
};

/** Where a job is tried. */
export const TARGET: PlannedTarget = {
  provider: 'p',
  model: 'm',
  version: null,
  providerModel: 'vendor-m',
  priceId: 1,
  reserveNano: '1',
  params: { temperature: 0.3, maxTokens: 9 },
};

/** A job at the last of these targets. */
export function job(
  payload: Partial<JobPayload> = {},
  remainingMs = 60_000,
  targets: readonly PlannedTarget[] = [TARGET],
): ClaimedJob {
  const stored: JobPayload = {
    version: 1,
    type: 'generation',
    request: { prompt: 'Why?' },
    submission: {},
    ...payload,
  };
  return {
    id: jobIdFromUuid('0193a5b2-c4d8-7f3e-9a1b-2c3d4e5f6071'),
    workerId: 1,
    epoch: 1,
    attempt: 1,
    type: stored.type,
    tenantId: 1,
    model: 'm',
    modelVersion: null,
    price: writePrice(PRICE),
    reserved: nanoUsd(1n),
    remainingMs,
    tries: 0,
    waits: 0,
    crashes: 0,
    counted: null,
    target: targets.length - 1,
    moves: [],
    mend: null,
    plan: { targets, fallbackOn: DEFAULT_FALLBACK_ON },
    payload: JSON.stringify(stored),
  };
}

const auth: Provider['auth'] = {
  status: () => ({ kind: 'none', status: 'valid', expiresAt: null }),
  validate: async () => ({ kind: 'none', length: 0, expiresAt: null }),
};

/** A provider with just these capabilities. */
export function tools(methods: Partial<Provider>, maxResultBytes = 1_000_000): AttemptTools {
  const provider: Provider = {
    auth,
    isAvailable: async () => ({ available: true }),
    getModelInfo: async () => undefined,
    listModels: async () => [],
    close: async () => undefined,
    ...methods,
  };
  return { provider, maxResultBytes, maxWaits: 3, modelSettings: () => undefined };
}

/** What a settlement stores of a result. */
export function resultOf(settlement: Settlement): unknown {
  return settlement.then.outcome === 'succeeded' ? JSON.parse(settlement.then.result.body) : undefined;
}
