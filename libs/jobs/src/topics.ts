import type { JobId } from '@switchyard/contract';

/** Live notices between processes. Each may be lost, so each only hastens what a look at the database would find. */
export const TOPICS = {
  /** Jobs that have ended: `{ ids }`. */
  ended: 'jobs.ended',
  /** To one worker: a cancel is wished for `{ id }`. */
  cancel: (workerId: number): string => `worker-${workerId}.cancel`,
  /** To workers: something is to be asked of the vendor of `{ provider }`. */
  controlAsked: 'control-asked',
  /** To who asked: the task `{ id }` has its answer. */
  controlAnswered: 'control-answered',
} as const;

/** Reads the notice of {@link TOPICS.ended}. */
export function parseEnded(data: unknown): readonly string[] {
  const ids: unknown = typeof data === 'object' && data !== null && 'ids' in data ? data.ids : undefined;
  return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : [];
}

/** Reads the notice of {@link TOPICS.cancel}. */
export function parseCancel(data: unknown): string | undefined {
  return textOf(data, 'id');
}

/** Reads the notice of {@link TOPICS.controlAsked}. */
export function parseControlAsked(data: unknown): string | undefined {
  return textOf(data, 'provider');
}

/** Reads the notice of {@link TOPICS.controlAnswered}. */
export function parseControlAnswered(data: unknown): string | undefined {
  return textOf(data, 'id');
}

function textOf(data: unknown, field: string): string | undefined {
  const value: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, field) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** The notice that jobs have ended. */
export function endedNotice(ids: readonly JobId[]): { readonly ids: readonly JobId[] } {
  return { ids };
}
