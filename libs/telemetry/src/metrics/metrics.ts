import { Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram, Registry } from 'prom-client';
import { observeProcess } from './process-metrics.js';

/** One series as data. Labels take few values each: a provider, a model, a code; never a tenant or an id. */
export interface SeriesDefinition<Label extends string = never> {
  /** Ends in its unit (`_seconds`, `_bytes`), a counter in `_total`. */
  readonly name: `switchyard_${string}`;
  readonly help: string;
  readonly labels?: readonly Label[];
}

export interface HistogramDefinition<Label extends string = never> extends SeriesDefinition<Label> {
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

type Labels<Label extends string> = Readonly<Record<Label, string>>;

export interface Counter<Label extends string> {
  /** @param amount 1 when absent; never negative. */
  add(labels: Labels<Label>, amount?: number): void;
}

export interface Gauge<Label extends string> {
  set(labels: Labels<Label>, value: number): void;
  /** @param amount may be negative. */
  add(labels: Labels<Label>, amount: number): void;
}

export interface Histogram<Label extends string> {
  observe(labels: Labels<Label>, value: number): void;
}

/** Reads the values of a gauge when the series are asked for, and sets them; what it does not set is gone. */
export type GaugeReader<Label extends string> = (gauge: Gauge<Label>) => void | Promise<void>;

/** The series of one process. A series asked for twice is the same series. */
export interface Metrics {
  counter<Label extends string = never>(definition: SeriesDefinition<Label>): Counter<Label>;
  /** @param read called at each reading, bounded to two seconds; where it fails the gauge has no values. */
  gauge<Label extends string = never>(definition: SeriesDefinition<Label>, read?: GaugeReader<Label>): Gauge<Label>;
  histogram<Label extends string = never>(definition: HistogramDefinition<Label>): Histogram<Label>;
  /** Everything in Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
  /** Stops watching the process. */
  close(): void;
}

const READ_LIMIT_MS = 2_000;

async function read<Label extends string>(reader: GaugeReader<Label>, gauge: PromGauge<Label>): Promise<void> {
  gauge.reset();
  let late = false;
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      late = true;
      resolve();
    }, READ_LIMIT_MS);
  });
  const whileInTime: Gauge<Label> = {
    set: (labels, value) => {
      if (!late) gauge.set(labels, value);
    },
    add: (labels, amount) => {
      if (!late) gauge.inc(labels, amount);
    },
  };
  try {
    await Promise.race([(async () => reader(whileInTime))(), expired]);
  } catch {
    // One source that is away must not cost the reader all other series.
    gauge.reset();
  } finally {
    clearTimeout(timer);
  }
}

class ProcessMetrics implements Metrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  private readonly registry = new Registry();
  private readonly series = new Map<string, unknown>();
  private readonly stopObserving: () => void;

  constructor(app: string) {
    this.registry.setDefaultLabels({ app });
    this.stopObserving = observeProcess(this.registry);
  }

  counter<Label extends string = never>(definition: SeriesDefinition<Label>): Counter<Label> {
    return this.once('counter', definition, (): Counter<Label> => {
      const counter = new PromCounter<Label>(this.configure(definition));
      return { add: (labels, amount = 1) => counter.inc(labels, amount) };
    });
  }

  gauge<Label extends string = never>(definition: SeriesDefinition<Label>, reader?: GaugeReader<Label>): Gauge<Label> {
    return this.once('gauge', definition, (): Gauge<Label> => {
      const gauge = new PromGauge<Label>({
        ...this.configure(definition),
        ...(reader && { collect: (): Promise<void> => read(reader, gauge) }),
      });
      return {
        set: (labels, value) => gauge.set(labels, value),
        add: (labels, amount) => gauge.inc(labels, amount),
      };
    });
  }

  histogram<Label extends string = never>(definition: HistogramDefinition<Label>): Histogram<Label> {
    return this.once('histogram', definition, (): Histogram<Label> => {
      const histogram = new PromHistogram<Label>({
        ...this.configure(definition),
        buckets: [...definition.buckets],
      });
      return { observe: (labels, value) => histogram.observe(labels, value) };
    });
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  close(): void {
    this.stopObserving();
  }

  private configure<Label extends string>(definition: SeriesDefinition<Label>) {
    const { name, help, labels = [] } = definition;
    return { name, help, labelNames: [...labels], registers: [this.registry] };
  }

  private once<Series>(kind: string, definition: SeriesDefinition<string>, make: () => Series): Series {
    const identity = `${kind} ${definition.name} ${(definition.labels ?? []).join()}`;
    const known = this.series.get(identity);
    // The identity holds the kind and the labels, so what stands under it was made by the same method.
    if (known !== undefined) return known as Series;
    const series = make();
    this.series.set(identity, series);
    return series;
  }
}

/** The registry of this process; there is one, made where the process starts and handed down. */
export function createMetrics(options: { readonly app: string }): Metrics {
  return new ProcessMetrics(options.app);
}
