import { jobIdFromUuid, nanoUsd } from '@switchyard/contract';
import type { Settlement } from '@switchyard/jobs';
import { createMetrics, type Metrics } from '@switchyard/telemetry';
import { openWorkerMetrics } from './worker-metrics.js';

const JOB = { model: 'm', reserved: nanoUsd(2_000_000_000n) };
const ENDED: Settlement = {
  job: { id: jobIdFromUuid('0193a5b2-c4d8-7f3e-9a1b-2c3d4e5f6071'), workerId: 1, epoch: 1 },
  state: 'succeeded',
  call: 'answered',
  cost: nanoUsd(500_000_000n),
  estimated: false,
  usage: { promptTokens: 3, completionTokens: 4, totalTokens: 7 },
  then: { outcome: 'failed' },
};

describe('openWorkerMetrics', () => {
  let metrics: Metrics;
  beforeEach(() => {
    metrics = createMetrics({ app: 'worker' });
  });
  afterEach(() => metrics.close());

  it('counts what was reserved as the cost of an attempt whose end nobody knows', async () => {
    const worker = openWorkerMetrics(metrics);
    worker.settled('p', JOB, ENDED, 'ended', 0.2);
    const { usage: _, ...ended } = ENDED;
    worker.settled('p', JOB, { ...ended, state: 'unknown', cost: null, estimated: true }, 'requeued', 0.2);
    const text = await metrics.text();
    expect(text).toContain('switchyard_cost_usd_total{provider="p",model="m",app="worker"} 2.5');
    expect(text).toContain('switchyard_requests_total{provider="p",model="m",outcome="unknown",app="worker"} 1');
    expect(text).toContain('switchyard_tokens_total{provider="p",model="m",kind="output",app="worker"} 4');
  });

  it('counts nothing of an attempt that another epoch has settled', async () => {
    openWorkerMetrics(metrics).settled('p', JOB, ENDED, 'stale', 0.2);
    const text = await metrics.text();
    expect(text).toContain('switchyard_stale_settlements_total{provider="p",model="m",app="worker"} 1');
    expect(text).not.toMatch(/^switchyard_cost_usd_total{/m);
  });
});
