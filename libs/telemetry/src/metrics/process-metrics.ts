import { readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const SAMPLE_MS = 1_000;
const DELAY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

function defineGauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

function defineCpu(registry: Registry): void {
  let known = { user: 0, system: 0 };
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time spent, in seconds.',
    labelNames: ['mode'],
    registers: [registry],
    collect() {
      const now = process.cpuUsage();
      this.inc({ mode: 'user' }, Math.max(0, now.user - known.user) / 1e6);
      this.inc({ mode: 'system' }, Math.max(0, now.system - known.system) / 1e6);
      known = now;
    },
  });
}

function defineMemory(registry: Registry): void {
  const read = process.memoryUsage;
  defineGauge(registry, 'process_resident_memory_bytes', 'Resident memory.', () => read.rss());
  defineGauge(registry, 'nodejs_heap_size_used_bytes', 'Heap in use.', () => read().heapUsed);
  defineGauge(registry, 'nodejs_heap_size_total_bytes', 'Heap reserved.', () => read().heapTotal);
  defineGauge(
    registry,
    'nodejs_external_memory_bytes',
    'Memory of buffers, outside of the heap.',
    () => read().external,
  );
}

/**
 * How late a timer of one second fires. Node's own monitor samples a hundred times a second for the same answer, which
 * costs an idle process more than all else it does.
 * @returns stops the sampling.
 */
function watchEventLoop(registry: Registry): () => void {
  const delay = new Histogram({
    name: 'nodejs_eventloop_delay_seconds',
    help: 'How late a timer fired, sampled once a second.',
    buckets: DELAY_BUCKETS,
    registers: [registry],
  });
  let expected = performance.now() + SAMPLE_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    delay.observe(Math.max(0, now - expected) / 1_000);
    expected = now + SAMPLE_MS;
  }, SAMPLE_MS);
  timer.unref();

  let known = performance.eventLoopUtilization();
  defineGauge(registry, 'nodejs_eventloop_utilization_ratio', 'Busy part of the time since the last reading.', () => {
    const now = performance.eventLoopUtilization();
    const since = performance.eventLoopUtilization(now, known);
    known = now;
    return Number.isFinite(since.utilization) ? since.utilization : 0;
  });
  return () => clearInterval(timer);
}

/** Adds what every process reports about itself, under the names that dashboards for Node know. @returns stops it. */
export function observeProcess(registry: Registry): () => void {
  const started = Date.now() / 1_000 - process.uptime();
  defineGauge(registry, 'process_start_time_seconds', 'When the process started, Unix time.', () => started);
  defineCpu(registry);
  defineMemory(registry);
  if (process.platform === 'linux') {
    // Reading the folder opens one more.
    const count = (): number => readdirSync('/proc/self/fd').length - 1;
    defineGauge(registry, 'process_open_fds', 'Open file descriptors.', count);
  }
  return watchEventLoop(registry);
}
