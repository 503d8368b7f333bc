import type { JobId } from '@switchyard/contract';

/** Live notices between processes. Each may be lost, so each only hastens what a look at the database would find. */
export const TOPICS = {
  /** Jobs that have ended: `{ ids }`. */
  ended: 'jobs.ended',
  /** To one worker: a cancel is wished for `{ id }`. */
  cancel: (workerId: number): string => `worker-${workerId}.cancel`,
} as const;

/** Reads the notice of {@link TOPICS.ended}. */
export function parseEnded(data: unknown): readonly string[] {
  const ids: unknown = typeof data === 'object' && data !== null && 'ids' in data ? data.ids : undefined;
  return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : [];
}

/** Reads the notice of {@link TOPICS.cancel}. */
export function parseCancel(data: unknown): string | undefined {
  const id: unknown = typeof data === 'object' && data !== null && 'id' in data ? data.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** The notice that jobs have ended. */
export function endedNotice(ids: readonly JobId[]): { readonly ids: readonly JobId[] } {
  return { ids };
}
