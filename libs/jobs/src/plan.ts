import { FALLBACK_KINDS, type FallbackOn } from '@switchyard/contract';
import { UnreadablePayloadError } from './payload.js';

/** One place at which a job may be run: a model at a provider, with all that the attempt needs to be sent and paid. */
export interface PlannedTarget {
  readonly provider: string;
  readonly model: string;
  readonly version: string | null;
  /** The vendor's own name of the model. */
  readonly providerModel: string;
  /** The row of the price that an attempt is charged at. */
  readonly priceId: number;
  /** What an attempt reserves, in nano-dollars; text, because JSON has no exact integers of that size. */
  readonly reserveNano: string;
  /** The model's defaults for what the request does not say. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What the client is told beside a result of this target (`metadata.warnings`). */
  readonly warnings?: readonly string[];
  /** Its provider takes `x-simulate`. */
  readonly simulates?: true;
}

/** Where a job may be run, as the gate decided when it was admitted. A job only goes on in it, never back. */
export interface Plan {
  /** In order, at least one. */
  readonly targets: readonly PlannedTarget[];
  /** For which errors it goes on at the next one. */
  readonly fallbackOn: FallbackOn;
}

/**
 * Reads a stored plan. The gate wrote it, so only the form is checked.
 * @throws UnreadablePayloadError when it is damaged or was written by another version.
 */
export function parsePlan(value: unknown): Plan {
  if (!isPlan(value))
    throw new UnreadablePayloadError('The stored plan is damaged, or was written by another version.');
  return value;
}

function isPlan(value: unknown): value is Plan {
  if (!isRecord(value)) return false;
  const { targets, fallbackOn } = value;
  return Array.isArray(targets) && targets.length > 0 && targets.every(isTarget) && isFallbackOn(fallbackOn);
}

function isTarget(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const texts = [value['provider'], value['model'], value['providerModel'], value['reserveNano']];
  return texts.every((text) => typeof text === 'string') && isRecord(value['params']);
}

function isFallbackOn(value: unknown): boolean {
  if (value === 'any') return true;
  return Array.isArray(value) && value.every((kind) => FALLBACK_KINDS.some((known) => known === kind));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
