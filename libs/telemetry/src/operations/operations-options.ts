import type { Logger } from '../logging/logger.js';
import type { Metrics } from '../metrics/metrics.js';
import type { ReadinessCheck } from './readiness.js';

export interface OperationsOptions {
  readonly readiness: readonly ReadinessCheck[];
  readonly metrics: Metrics;
  /** Gets a line when a check begins to fail and when it passes again. */
  readonly logger?: Logger;
}

export const OPERATIONS_OPTIONS = Symbol('OPERATIONS_OPTIONS');
