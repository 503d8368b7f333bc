/** The database has more to do than it can take now; the same call may succeed a little later. */
export class DatabaseBusyError extends Error {
  override readonly name = 'DatabaseBusyError';
}

/** Classes and codes of SQLSTATE that say: not now, and nothing was written. */
const UNAVAILABLE_STATES = new Set([
  '25006', // read only: a standby, or a primary that was just demoted
  '55P03', // lock_timeout
  '57014', // statement_timeout
  '57P01', // admin shutdown
  '57P02', // crash shutdown
  '57P03', // cannot connect now: starting up, shutting down, recovering
  '57P05', // idle session timeout
  '58000', // system error
  '58030', // input/output error
]);
const UNAVAILABLE_CLASSES = ['08', '53']; // connection exceptions; connections, memory, disk used up

const UNAVAILABLE_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EMFILE',
  'ENFILE',
]);

/** Prisma: not reachable, timed out, closed, pool exhausted, too many connections. */
const UNAVAILABLE_PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037']);
const UNAVAILABLE_PRISMA_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
]);

/** The driver and its pool raise these without a code. */
const UNAVAILABLE_MESSAGES = [
  'timeout exceeded when trying to connect',
  'Connection terminated',
  'Query read timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end on the pool',
  'timeout expired',
];

/**
 * Whether the database cannot be reached or cannot take more now, as opposed to refusing what was asked.
 * Such a failure is answered 503 and may be tried again. Whether a statement in flight took effect is not known.
 */
export function isUnavailable(error: unknown): boolean {
  return anyCause(error, (cause) => {
    if (cause instanceof DatabaseBusyError) return true;
    const code = textField(cause, 'code');
    if (code !== undefined && isUnavailableCode(code)) return true;
    if (code === 'ENOENT') return textField(cause, 'syscall') === 'connect';
    if (UNAVAILABLE_PRISMA_KINDS.has(textField(cause, 'kind') ?? '')) return true;
    const message = code === undefined ? textField(cause, 'message') : undefined;
    return message !== undefined && UNAVAILABLE_MESSAGES.some((known) => message.startsWith(known));
  });
}

function isUnavailableCode(code: string): boolean {
  if (UNAVAILABLE_SYSTEM_CODES.has(code) || UNAVAILABLE_PRISMA_CODES.has(code)) return true;
  if (!/^[0-9A-Z]{5}$/.test(code)) return false;
  return UNAVAILABLE_STATES.has(code) || UNAVAILABLE_CLASSES.includes(code.slice(0, 2));
}

/** Whether a unique constraint refused a row. @param constraint Only this one, where it is given. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return anyCause(error, (cause) => {
    const code = textField(cause, 'code');
    if (code === 'P2002') return constraint === undefined;
    return code === '23505' && (constraint === undefined || textField(cause, 'constraint') === constraint);
  });
}

/** Whether the database undid the statement for the sake of another one: a deadlock or a serialization failure. */
export function isTransient(error: unknown): boolean {
  return anyCause(error, (cause) => ['40P01', '40001', 'P2034'].includes(textField(cause, 'code') ?? ''));
}

/** Whether a prepared statement is out of date on its connection; nothing was executed. */
export function isStalePreparedStatement(error: unknown): boolean {
  const code = textField(error, 'code');
  return code === '26000' || (code === '0A000' && /cached plan/.test(textField(error, 'message') ?? ''));
}

/** Looks at an error, at what it was caused by, and at each of several (as a connection to many addresses raises). */
function anyCause(error: unknown, matches: (cause: object) => boolean, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false;
  if (matches(error)) return true;
  const several: unknown = 'errors' in error ? error.errors : undefined;
  if (Array.isArray(several) && several.some((one) => anyCause(one, matches, depth + 1))) return true;
  return 'cause' in error && anyCause(error.cause, matches, depth + 1);
}

function textField(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const field: unknown = Reflect.get(value, name);
  return typeof field === 'string' ? field : undefined;
}
