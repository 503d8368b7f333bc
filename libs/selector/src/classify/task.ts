import type { TaskType } from '@switchyard/contract';

/** A task and how hard it is. */
export interface Task {
  /** A type of the clients' own where they state one. */
  readonly type: TaskType | (string & {});
  /** 0 (a word will do) to 1 (as hard as they come). */
  readonly complexity: number;
}
