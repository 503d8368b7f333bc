import type { JobType, ModelRequest } from '@switchyard/contract';

/** One place at which a job may be run: a model at a provider, with all that the attempt needs to be sent and paid. */
export interface PlannedTarget {
  readonly provider: string;
  readonly model: string;
  readonly version: string | null;
  /** The vendor's own name of the model. */
  readonly providerModel: string;
  /** The model's defaults for what the request does not say. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** A job as it was admitted: what the client sent, and the plan that the gate made of it. */
export interface JobPayload {
  /** Raised when a reader of the older form could misread the newer one. */
  readonly version: 1;
  readonly type: JobType;
  readonly request: ModelRequest;
  /** Ordered; it only shrinks. */
  readonly plan: readonly PlannedTarget[];
  /** The body as submitted, for a retry. */
  readonly submission: Readonly<Record<string, unknown>>;
  /** What the client is told beside the result (`metadata.warnings`). */
  readonly warnings?: readonly string[];
  /** Further keys of what the client is told beside the result (`metadata`). */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Headers that go on to the vendor. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Why a stored payload cannot be run by this worker. */
export class UnreadablePayloadError extends Error {
  override readonly name = 'UnreadablePayloadError';
}

/**
 * Reads a stored payload. The gate validated what is inside, so only the form is checked.
 * @throws UnreadablePayloadError when it is damaged or was written by a newer version.
 */
export function parsePayload(text: string): JobPayload {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new UnreadablePayloadError('The stored request is damaged.');
  }
  if (!isPayload(parsed)) throw new UnreadablePayloadError('The stored request was written by another version.');
  return parsed;
}

function isPayload(value: unknown): value is JobPayload {
  return (
    isRecord(value) &&
    value['version'] === 1 &&
    typeof value['type'] === 'string' &&
    isRecord(value['request']) &&
    isRecord(value['submission']) &&
    Array.isArray(value['plan']) &&
    value['plan'].length > 0 &&
    value['plan'].every((target) => isRecord(target) && typeof target['providerModel'] === 'string')
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
