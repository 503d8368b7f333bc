/** Logs without the rest, for a process that serves no HTTP and has no metrics. */
export { createLogger, type Logger } from './logging/logger.js';
export { LOG_LEVELS, parseLogLevels } from './logging/log-levels.js';
