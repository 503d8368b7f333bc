import { types } from 'node:util';
import { maskText } from './mask-text.js';

/** Names under which a secret is kept. */
const SENSITIVE_NAME = /key|secret|token|authorization|password|cookie/i;
/** Counts of tokens (`maxTokens`) are what logs are read for; a number under another sensitive name may be a secret. */
const COUNT_NAME = /tokens$/i;
const MASKED = '***';

const DEPTH_LIMIT = 6;
const ENTRY_LIMIT = 100;
const TEXT_LIMIT = 4_000;

/** Masks a text and cuts it, so that one line of the log stays a line. */
export function maskLine(text: string): string {
  if (text.length <= TEXT_LIMIT) return maskText(text);
  return `${maskText(text.slice(0, TEXT_LIMIT))}… (${text.length - TEXT_LIMIT} more characters)`;
}

function mayBeShown(name: string, value: unknown): boolean {
  if (!SENSITIVE_NAME.test(name)) return true;
  if (value === null || value === undefined || typeof value === 'boolean') return true;
  return COUNT_NAME.test(name) && (typeof value === 'number' || typeof value === 'bigint');
}

/** Also true for an error of another realm, as Node's own are inside a test runner. */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

function property(holder: object, name: string): unknown {
  return Reflect.get(holder, name);
}

/**
 * An error as the log shows it. Only the fields named here leave: a database's error carries rows (`detail`, `where`,
 * `query`), a vendor's client carries the request with its key.
 */
function describeError(error: Error, depth: number): Record<string, unknown> {
  const described: Record<string, unknown> = { type: error.name, message: maskLine(error.message) };
  const code = property(error, 'code');
  if (typeof code === 'string' || typeof code === 'number') {
    described['code'] = typeof code === 'string' ? maskLine(code) : code;
  }
  const status = property(error, 'status');
  if (typeof status === 'number') described['status'] = status;
  if (error.stack) described['stack'] = maskLine(error.stack);
  if (depth < DEPTH_LIMIT) {
    if (error.cause !== undefined) described['cause'] = maskValue(error.cause, depth + 1);
    const errors = property(error, 'errors');
    const causes = Array.isArray(errors) ? errors.filter(isError) : [];
    if (causes.length > 0) described['errors'] = maskValue(causes, depth + 1);
  }
  return described;
}

function maskEntries(entries: Iterable<readonly [string, unknown]>, depth: number): Record<string, unknown> {
  const masked = new Map<string, unknown>();
  for (const [name, value] of entries) {
    if (masked.size >= ENTRY_LIMIT) {
      masked.set('…', 'more entries');
      break;
    }
    masked.set(maskLine(name), mayBeShown(name, value) ? maskValue(value, depth) : MASKED);
  }
  return Object.fromEntries(masked);
}

function maskObject(value: object, depth: number): unknown {
  if (isError(value)) return describeError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth >= DEPTH_LIMIT) return Array.isArray(value) ? '[Array]' : '[Object]';
  if (Array.isArray(value)) {
    const kept = value.slice(0, ENTRY_LIMIT).map((item) => maskValue(item, depth + 1));
    return value.length > ENTRY_LIMIT ? [...kept, `… (${value.length - ENTRY_LIMIT} more)`] : kept;
  }
  if (value instanceof Set) return maskObject([...value], depth);
  if (value instanceof URL) return maskLine(value.href);
  if (value instanceof Map || value instanceof Headers) {
    return maskEntries(
      Array.from(value as Iterable<[unknown, unknown]>, ([name, item]) => [String(name), item] as const),
      depth + 1,
    );
  }
  const toJson = property(value, 'toJSON');
  if (typeof toJson === 'function') return maskValue((toJson as () => unknown).call(value), depth + 1);
  return maskEntries(Object.entries(value), depth + 1);
}

function maskValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return maskLine(value);
    case 'bigint':
    case 'symbol':
      return maskLine(value.toString());
    case 'function':
      return '[Function]';
    case 'object':
      if (value === null) return null;
      try {
        return maskObject(value, depth);
      } catch {
        // A getter that throws must not take the line, let alone the process, with it.
        return '[unreadable]';
      }
    default:
      return value;
  }
}

/** Names that every line has; a field of the same name would stand twice in it. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(['level', 'time', 'app', 'pid', 'module', 'message']);

/**
 * A copy of a line's fields that may be written: secrets masked at any depth, errors reduced to what helps, everything
 * bounded in depth and size. A field with a name that each line has already gets a `_` before it.
 */
export function maskFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const masked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    masked[RESERVED_NAMES.has(name) ? `_${name}` : name] = mayBeShown(name, value) ? maskValue(value, 1) : MASKED;
  }
  return masked;
}
