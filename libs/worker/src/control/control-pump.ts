import type { AppProcess } from '@switchyard/config';
import {
  answerControlTask,
  claimControlTasks,
  parseControlAsked,
  TOPICS,
  writeAnswer,
  type Answered,
  type ControlTask,
} from '@switchyard/jobs';
import type { Logger } from '@switchyard/telemetry';
import { ShuttingDown } from '../abort-reasons.js';
import { runControlTask, TaskOverdue, type ControlTools } from './run-control-task.js';

/** What a pump works with. */
interface ControlPumpTools {
  readonly database: AppProcess['database'];
  readonly queue: AppProcess['queue'];
  readonly logger: Logger;
  /** The id under which the process holds its lease now. */
  readonly workerId: () => number;
  /** Names of the providers that the process serves just now. */
  readonly providers: () => readonly string[];
  readonly toolsOf: (provider: string) => ControlTools | undefined;
}

/** Questions that one process asks at once; they take no slot of a job. */
const AT_ONCE = 8;
/** Signals may be lost: questions are looked for this often all the same, in milliseconds. */
const LOOK_EVERY_MS = 2_000;
/** An answer has so long to be written before nobody waits for it, in milliseconds. */
const TO_WRITE_MS = 250;

/** Asks vendors what is to be known of them outside of jobs: claims such tasks of its providers and answers them. */
export class ControlPump {
  readonly #running = new Map<AbortController, Promise<void>>();
  #unsubscribe: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #claiming: Promise<void> | undefined;
  #wanted = false;
  #stopped = false;
  #claimsFail = false;

  constructor(private readonly tools: ControlPumpTools) {}

  async start(): Promise<void> {
    const { queue, providers } = this.tools;
    this.#unsubscribe = await queue.subscribe(TOPICS.controlAsked, ({ data }) => {
      if (providers().includes(parseControlAsked(data) ?? '')) this.#wake();
    });
    this.#timer = setInterval(() => this.#wake(), LOOK_EVERY_MS);
    this.#wake();
  }

  /** Takes no more questions and gives up those that run: whoever asked is told by the clock. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#unsubscribe?.();
    await this.#claiming;
    for (const abort of this.#running.keys()) abort.abort(new ShuttingDown());
    await Promise.all(this.#running.values());
  }

  #wake(): void {
    this.#wanted = true;
    if (this.#stopped || this.#claiming || this.#running.size >= AT_ONCE) return;
    this.#claiming = this.#claimWhileWanted().finally(() => (this.#claiming = undefined));
  }

  async #claimWhileWanted(): Promise<void> {
    const { database, workerId, providers, logger } = this.tools;
    try {
      while (this.#wanted && !this.#stopped && this.#running.size < AT_ONCE) {
        this.#wanted = false;
        const claim = { workerId: workerId(), providers: providers(), atMost: AT_ONCE - this.#running.size };
        for (const task of await claimControlTasks(database, claim)) this.#start(task, claim.workerId);
        this.#claimsFail = false;
      }
    } catch (error) {
      if (!this.#claimsFail) logger.warn({ error }, 'looking for questions fails; it is tried again every two seconds');
      this.#claimsFail = true;
    }
  }

  #start(task: ControlTask, workerId: number): void {
    const abort = new AbortController();
    const overdue = setTimeout(() => abort.abort(new TaskOverdue()), Math.max(task.remainingMs - TO_WRITE_MS, 0));
    const done = this.#run(task, workerId, abort.signal).finally(() => {
      clearTimeout(overdue);
      this.#running.delete(abort);
      this.#wake();
    });
    this.#running.set(abort, done);
  }

  async #run(task: ControlTask, workerId: number, signal: AbortSignal): Promise<void> {
    try {
      const answered = await this.#ask(task, signal);
      await answerControlTask(this.tools, { id: task.id, workerId }, writeAnswer(answered));
    } catch (error) {
      if (this.#stopped) return;
      const { provider, kind } = task;
      this.tools.logger.warn({ provider, kind, error }, 'a question about a provider was left unanswered');
    }
  }

  async #ask(task: ControlTask, signal: AbortSignal): Promise<Answered<unknown>> {
    const tools = this.tools.toolsOf(task.provider);
    if (!tools) throw new Error('A question was claimed for a provider that is not served here.');
    try {
      return await runControlTask(task, tools, signal);
    } catch (error) {
      if (this.#stopped) throw error;
      const { provider, kind } = task;
      this.tools.logger.error({ provider, kind, error }, 'a question failed; this is a fault of the adapter');
      return { error: { code: 'internal_error', message: 'The worker failed to ask; its log says why.' } };
    }
  }
}
