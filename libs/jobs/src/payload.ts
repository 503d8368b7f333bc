import type { JobType, ModelRequest } from '@switchyard/contract';

/** What a client asked for, as it was admitted; where it is run stands in the job's plan. */
export interface JobPayload {
  /** Raised when a reader of the older form could misread the newer one. */
  readonly version: 1;
  readonly type: JobType;
  readonly request: ModelRequest;
  /** The body as submitted, for a retry. */
  readonly submission: Readonly<Record<string, unknown>>;
  /** Further keys of what the client is told beside the result (`metadata`). */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** How a simulator among its targets shall behave (`x-simulate`). */
  readonly simulate?: string;
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
    isRecord(value['submission'])
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
