import { AUTH_KINDS, type AuthKind, type AuthStatus, type TokenReport } from '@switchyard/contract';

/** Why a vendor could not be asked, in words that may be shown. */
export interface ControlError {
  /** A code of a `provider_error`, `timeout_error`, or `unsupported` for what this worker cannot ask. */
  readonly code: string;
  readonly message: string;
}

/** Of `health`. */
export interface HealthAnswer {
  /** Null: it answers. */
  readonly error: ControlError | null;
  readonly auth: AuthStatus;
  /** Of the vendor's answer whether it can be used. */
  readonly latencyMs: number;
  /** As the vendor lists them; empty where it does not. */
  readonly models: readonly string[];
  /** What it runs on, such as `device`. */
  readonly facts: Readonly<Record<string, string | number>>;
}

/** Of `models`. */
export interface ModelsAnswer {
  readonly listed: readonly string[];
  /** Of the models that were asked about, those that the vendor does not have. */
  readonly missing: readonly string[];
}

/** A word of a vendor, and what it cost. */
export interface Word {
  /** Ours. */
  readonly model: string;
  /** Characters. */
  readonly length: number;
  /** In nano-dollars. */
  readonly costNano: bigint;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Of `hello`. */
export interface HelloAnswer {
  /** Null where there is an error. */
  readonly word: Word | null;
  readonly error: ControlError | null;
  readonly auth: AuthStatus;
  readonly latencyMs: number;
}

/** An answer, or why there is none. */
export type Answered<Answer> = { readonly answer: Answer } | { readonly error: ControlError };

/** An answer as it stands in its row. */
export function writeAnswer<Answer>(answered: Answered<Answer>): unknown {
  return JSON.parse(
    JSON.stringify(answered, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  );
}

/** Reads the row of a `health`. */
export function readHealth(row: unknown): Answered<HealthAnswer> {
  return readAnswer(row, (value) => ({
    error: value['error'] === null ? null : readError(value['error']),
    auth: readAuth(value['auth']),
    latencyMs: readNumber(value['latencyMs']),
    models: readTexts(value['models']),
    facts: readFacts(value['facts'] ?? {}),
  }));
}

/** Reads the row of a `models`. */
export function readModels(row: unknown): Answered<ModelsAnswer> {
  return readAnswer(row, (value) => ({ listed: readTexts(value['listed']), missing: readTexts(value['missing']) }));
}

/** Reads the row of a `token`. */
export function readToken(row: unknown): Answered<TokenReport> {
  return readAnswer(row, (value) => ({
    kind: readKind(value['kind']),
    length: readNumber(value['length']),
    expiresAt: typeof value['expiresAt'] === 'string' ? value['expiresAt'] : null,
  }));
}

/** Reads the row of a `hello`. */
export function readHello(row: unknown): Answered<HelloAnswer> {
  return readAnswer(row, (value) => ({
    word: value['word'] === null ? null : readWord(value['word']),
    error: value['error'] === null ? null : readError(value['error']),
    auth: readAuth(value['auth']),
    latencyMs: readNumber(value['latencyMs']),
  }));
}

type Fields = Readonly<Record<string, unknown>>;

/** The row does not hold what its kind answers: it is another version's. */
class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}

const UNREADABLE: ControlError = {
  code: 'unsupported',
  message: 'The worker answered what this version does not understand; run the same version everywhere.',
};

function readAnswer<Answer>(row: unknown, read: (value: Fields) => Answer): Answered<Answer> {
  try {
    const fields = readFields(row);
    return 'error' in fields ? { error: readError(fields['error']) } : { answer: read(readFields(fields['answer'])) };
  } catch (error) {
    if (error instanceof UnreadableAnswer) return { error: UNREADABLE };
    throw error;
  }
}

function readFields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableAnswer();
  return value as Fields;
}

function readText(value: unknown): string {
  if (typeof value !== 'string') throw new UnreadableAnswer();
  return value;
}

function readNumber(value: unknown): number {
  if (typeof value !== 'number') throw new UnreadableAnswer();
  return value;
}

function readTexts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new UnreadableAnswer();
  return value.map(readText);
}

function readFacts(value: unknown): Readonly<Record<string, string | number>> {
  const facts: Record<string, string | number> = {};
  for (const [name, fact] of Object.entries(readFields(value))) {
    if (typeof fact !== 'string' && typeof fact !== 'number') throw new UnreadableAnswer();
    facts[name] = fact;
  }
  return facts;
}

function readError(value: unknown): ControlError {
  const { code, message } = readFields(value);
  return { code: readText(code), message: readText(message) };
}

function readKind(value: unknown): AuthKind {
  const kind = AUTH_KINDS.find((known) => known === value);
  if (kind === undefined) throw new UnreadableAnswer();
  return kind;
}

const STATUSES = ['valid', 'invalid', 'unknown'] as const;

function readAuth(value: unknown): AuthStatus {
  const { kind, status, expiresAt, reason } = readFields(value);
  return {
    kind: readKind(kind),
    status: STATUSES.find((known) => known === status) ?? 'unknown',
    expiresAt: typeof expiresAt === 'string' ? expiresAt : null,
    ...(typeof reason === 'string' && { reason }),
  };
}

function readWord(value: unknown): Word {
  const { model, length, costNano, promptTokens, completionTokens } = readFields(value);
  const cost = readText(costNano);
  if (!/^\d+$/.test(cost)) throw new UnreadableAnswer();
  return {
    model: readText(model),
    length: readNumber(length),
    costNano: BigInt(cost),
    promptTokens: readNumber(promptTokens),
    completionTokens: readNumber(completionTokens),
  };
}
