import type { Task } from '../classify/task.js';

/** What a rule can ask about a request. What takes time is worked out when it is first asked for. */
export interface Facts {
  readonly tenant: string;
  readonly userId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly now: Date;
  /** Tokens of the prompt, counted or estimated. */
  readonly tokens: number;
  /** Undefined for a job that is no text to be written. */
  readonly task: Task | undefined;
}
