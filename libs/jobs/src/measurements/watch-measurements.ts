import type { Database } from '@switchyard/database';
import { readMeasurements, type MeasuredModel } from './measured.js';

const READ_EVERY_MS = 2_000;

interface WatchSettings {
  readonly database: Database;
  /** Whether anything goes by how busy models are. */
  readonly needsBusy: () => boolean;
  /** Told of a reading that failed; the one before it stays. */
  readonly onError: (error: unknown) => void;
}

/** What was measured of models, as far as this process has read it. */
export interface MeasurementWatch {
  readonly current: ReadonlyMap<string, MeasuredModel>;
  /** Counts a job that this process sent to a model, until the next reading counts it. */
  noteSent(model: string): void;
  /** Reads once more; for whoever cannot wait for the next time. */
  refresh(): Promise<void>;
  stop(): void;
}

/** Reads what was measured every other second. */
export function watchMeasurements({ database, needsBusy, onError }: WatchSettings): MeasurementWatch {
  let current = new Map<string, MeasuredModel>();
  let isReading = false;
  const refresh = async (): Promise<void> => {
    current = await readMeasurements(database, { withBusy: needsBusy() });
  };
  const timer = setInterval(() => {
    if (isReading) return;
    isReading = true;
    void refresh()
      .catch(onError)
      .finally(() => {
        isReading = false;
      });
  }, READ_EVERY_MS);
  timer.unref();
  return {
    get current() {
      return current;
    },
    noteSent(model) {
      const known = current.get(model) ?? { available: true };
      current.set(model, { ...known, busy: (known.busy ?? 0) + 1 });
    },
    refresh,
    stop: () => clearInterval(timer),
  };
}
