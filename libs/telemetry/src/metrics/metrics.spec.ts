import { createMetrics, type Metrics } from './metrics.js';

const CALLS = { name: 'switchyard_calls_total', help: 'Calls.', labels: ['provider', 'outcome'] } as const;

describe('createMetrics', () => {
  let metrics: Metrics;
  beforeEach(() => {
    metrics = createMetrics({ app: 'worker-openai' });
  });
  afterEach(() => metrics.close());

  it('counts, sets and observes series that are defined as data', async () => {
    metrics.counter(CALLS).add({ provider: 'openai', outcome: 'ok' });
    metrics.counter(CALLS).add({ provider: 'openai', outcome: 'ok' }, 2);
    const open = metrics.gauge({ name: 'switchyard_open', help: 'Open.' });
    open.set({}, 5);
    open.add({}, -2);
    const seconds = metrics.histogram({ name: 'switchyard_call_seconds', help: 'Seconds.', buckets: [0.1, 1] });
    seconds.observe({}, 0.5);
    const text = await metrics.text();
    expect(text).toContain('switchyard_calls_total{provider="openai",outcome="ok",app="worker-openai"} 3');
    expect(text).toContain('switchyard_open{app="worker-openai"} 3');
    expect(text).toContain('switchyard_call_seconds_bucket{le="1",app="worker-openai"} 1');
  });

  it('refuses one name for two different series', () => {
    metrics.counter(CALLS);
    expect(() => metrics.gauge({ name: 'switchyard_calls_total', help: 'x' })).toThrow(/switchyard_calls_total/);
  });

  it('reads a gauge when asked, forgets what the reader no longer sets, and survives a reader that fails', async () => {
    let queues: string[] | undefined = ['a', 'b'];
    metrics.gauge({ name: 'switchyard_waiting', help: 'Waiting.', labels: ['queue'] }, async (gauge) => {
      if (!queues) throw new Error('database away');
      for (const queue of queues) gauge.set({ queue }, 1);
    });
    expect(await metrics.text()).toContain('switchyard_waiting{queue="b",app="worker-openai"} 1');
    queues = ['a'];
    expect(await metrics.text()).not.toContain('queue="b"');
    queues = undefined;
    const text = await metrics.text();
    expect(text).not.toContain('queue="a"');
    expect(text).toContain('process_resident_memory_bytes');
  });

  it('reports the process itself', async () => {
    const text = await metrics.text();
    for (const name of [
      'process_cpu_seconds_total{mode="user",',
      'process_resident_memory_bytes{',
      'nodejs_heap_size_used_bytes{',
      'nodejs_eventloop_delay_seconds_bucket{',
      'nodejs_eventloop_utilization_ratio{',
    ]) {
      expect(text).toContain(name);
    }
  });
});
