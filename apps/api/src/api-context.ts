import type { AppProcess, KeyDirectory } from '@switchyard/config';
import type { Gate } from '@switchyard/gate';
import type { FileReader, JobReader, JobWaiter, ProviderDesk } from '@switchyard/jobs';
import type { Registry } from '@switchyard/registry';

/** What the controllers of this process stand on, made once at its start. */
export interface ApiContext {
  readonly app: AppProcess;
  readonly keys: KeyDirectory;
  /** What exists just now: of what belongs together it is asked once. */
  readonly registry: Registry;
  readonly gate: Gate;
  readonly reader: JobReader;
  readonly files: FileReader;
  readonly waiter: JobWaiter;
  readonly desk: ProviderDesk;
  /** Aborted when the process is told to stop: whoever waits is answered with what there is. */
  readonly leaving: AbortSignal;
}

/** Injects the {@link ApiContext}. */
export const API_CONTEXT = Symbol('API_CONTEXT');
