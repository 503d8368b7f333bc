import type { ClaimedJob, Settlement, SettleVerdict } from '@switchyard/jobs';
import type { Metrics } from '@switchyard/telemetry';

/** Records how attempts of one provider end. */
export interface WorkerMetrics {
  settled(
    provider: string,
    job: Pick<ClaimedJob, 'model' | 'reserved'>,
    settlement: Settlement,
    verdict: SettleVerdict,
    seconds: number,
  ): void;
}

/** Opens the series of a worker. Series per provider and model; tenants appear only in reports. */
export function openWorkerMetrics(metrics: Metrics): WorkerMetrics {
  const requests = metrics.counter({
    name: 'switchyard_requests_total',
    help: 'Attempts by how they ended.',
    labels: ['provider', 'model', 'outcome'],
  });
  const errors = metrics.counter({
    name: 'switchyard_errors_total',
    help: 'Failed attempts by code.',
    labels: ['provider', 'model', 'code'],
  });
  const latency = metrics.histogram({
    name: 'switchyard_latency_seconds',
    help: 'From the claim of an attempt to its settlement.',
    labels: ['provider', 'model'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  });
  const tokens = metrics.counter({
    name: 'switchyard_tokens_total',
    help: 'Tokens by kind.',
    labels: ['provider', 'model', 'kind'],
  });
  const cost = metrics.counter({
    name: 'switchyard_cost_usd_total',
    help: 'Settled cost in dollars; the ledger has it exactly.',
    labels: ['provider', 'model'],
  });
  const stale = metrics.counter({
    name: 'switchyard_stale_settlements_total',
    help: 'Attempts whose epoch was gone when they ended.',
    labels: ['provider', 'model'],
  });
  const moves = metrics.counter({
    name: 'switchyard_fallbacks_total',
    help: 'Jobs that left this target for the next one of their plan, by the code of the error.',
    labels: ['provider', 'model', 'code'],
  });
  return {
    settled(provider, { model, reserved }, settlement, verdict, seconds) {
      if (verdict === 'stale') return stale.add({ provider, model });
      requests.add({ provider, model, outcome: settlement.state });
      if (settlement.error) errors.add({ provider, model, code: settlement.error.code });
      if (verdict === 'moved') moves.add({ provider, model, code: settlement.error?.code ?? 'unknown' });
      latency.observe({ provider, model }, seconds);
      tokens.add({ provider, model, kind: 'input' }, settlement.usage?.promptTokens ?? 0);
      tokens.add({ provider, model, kind: 'output' }, settlement.usage?.completionTokens ?? 0);
      cost.add({ provider, model }, Number(settlement.cost ?? reserved) / 1e9);
    },
  };
}
