export { createLogger, type LogFields, type Logger, type RootLogger } from './logging/logger.js';
export type { LogLevel, LogLevels } from './logging/log-levels.js';
export {
  createMetrics,
  type Counter,
  type Gauge,
  type GaugeReader,
  type Histogram,
  type HistogramDefinition,
  type Metrics,
  type SeriesDefinition,
} from './metrics/metrics.js';
export { Draining } from './operations/draining.js';
export { NO_KEY_NEEDED } from './operations/no-key-needed.js';
export { OperationsModule } from './operations/operations.module.js';
export type { OperationsOptions } from './operations/operations-options.js';
export type { ReadinessCheck } from './operations/readiness.js';
export { closeHttpApp, createHttpApp, listen } from './http/create-http-app.js';
