import { isTerminal, type JobId } from '@switchyard/contract';
import type { Queue } from '@switchyard/queue';
import type { OwnedJob } from './job-view.js';
import type { JobReader } from './read-jobs.js';
import { parseEnded, TOPICS } from './topics.js';

/** Lets requests wait for jobs to end. */
export interface JobWaiter {
  /**
   * Resolves with the job as soon as it has ended, or as it is when the time is up or the signal aborts.
   * @param milliseconds How long at most.
   * @returns undefined when there is no such job.
   */
  wait(id: JobId, milliseconds: number, signal?: AbortSignal): Promise<OwnedJob | undefined>;
  close(): void;
}

/** Notices may be lost: what is waited for is looked at this often all the same, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/** Opens the waiting of one process: a notice says that a job may have ended, the database says whether it has. */
export async function openJobWaiter(queue: Queue, reader: JobReader): Promise<JobWaiter> {
  const waiting = new Map<string, Set<() => void>>();
  const unsubscribe = await queue.subscribe(TOPICS.ended, ({ data }) => {
    for (const id of parseEnded(data)) for (const wake of waiting.get(id) ?? []) wake();
  });

  async function nextLook(
    id: JobId,
    milliseconds: number,
    signal: AbortSignal | undefined,
    noticed: () => boolean,
  ): Promise<void> {
    if (noticed()) return;
    await new Promise<void>((resolve) => {
      const wakes = waiting.get(id) ?? new Set();
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        wakes.delete(wake);
        if (wakes.size === 0) waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(milliseconds, LOOK_EVERY_MS));
      signal?.addEventListener('abort', wake, { once: true });
      wakes.add(wake);
      waiting.set(id, wakes);
    });
  }

  return {
    async wait(id, milliseconds, signal) {
      const until = performance.now() + milliseconds;
      let notices = 0;
      const count = (): void => void (notices += 1);
      const wakes = waiting.get(id) ?? new Set();
      wakes.add(count);
      waiting.set(id, wakes);
      try {
        for (;;) {
          const noticesBefore = notices;
          const found = await reader.read(id);
          const left = until - performance.now();
          if (!found || isTerminal(found.job.status) || left <= 0 || signal?.aborted === true) return found;
          await nextLook(id, left, signal, () => notices > noticesBefore);
        }
      } finally {
        const remaining = waiting.get(id);
        remaining?.delete(count);
        if (remaining?.size === 0) waiting.delete(id);
      }
    },
    close: unsubscribe,
  };
}
