import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

const STACK_LINE = /\n\s+at /;

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value instanceof Error ? value.message : 'Nest wrote a value';
}

/** Nest passes the context last and, with errors, a stack before it. */
function fieldsOf(message: unknown, rest: readonly unknown[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  if (message instanceof Error) fields['error'] = message;
  else if (typeof message !== 'string') fields['value'] = message;
  for (const item of rest) {
    if (item === undefined) continue;
    if (item instanceof Error) fields['error'] = item;
    else if (typeof item !== 'string') fields['value'] = item;
    else if (STACK_LINE.test(item)) fields['stack'] = item;
    else fields['context'] = item;
  }
  return fields;
}

/** Lets Nest write through our logger. What Nest calls `log` is its own chatter at the start, and is debug here. */
export function createNestLogger(logger: Logger): LoggerService {
  const lines = logger.module('nest');
  const debug = (message: unknown, ...rest: unknown[]): void => lines.debug(fieldsOf(message, rest), textOf(message));
  const error = (message: unknown, ...rest: unknown[]): void => lines.error(fieldsOf(message, rest), textOf(message));
  return {
    log: debug,
    debug,
    verbose: debug,
    warn: (message: unknown, ...rest: unknown[]) => lines.warn(fieldsOf(message, rest), textOf(message)),
    error,
    fatal: error,
  };
}
