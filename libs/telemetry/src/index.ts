export { createLogger, type LogFields, type Logger, type RootLogger } from './logging/logger.js';
export { parseLogLevels, type LogLevel, type LogLevels } from './logging/log-levels.js';
export { maskText } from './logging/mask-text.js';
export { createNestLogger } from './logging/nest-logger.js';
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
