import type { AppProcess } from '@switchyard/config';
import { answerControlTask, claimControlTasks, registerWorker, TOPICS, type ControlTask } from '@switchyard/jobs';

/** A worker that answers what is asked of its providers as a spec says. */
export interface VendorDesk {
  /** Everything that was asked so far, as provider and kind. */
  readonly asked: readonly string[];
  /** How it answers; undefined: not at all. */
  answer: (task: ControlTask) => unknown;
  close(): Promise<void>;
}

/** Opens one for these providers. */
export async function openVendorDesk(app: AppProcess, providers: readonly string[]): Promise<VendorDesk> {
  const workerId = await registerWorker(app.database, 'test');
  const asked: string[] = [];
  let working: Promise<void> = Promise.resolve();

  async function work(): Promise<void> {
    for (const task of await claimControlTasks(app.database, { workerId, providers, atMost: 10 })) {
      asked.push(`${task.provider} ${task.kind}`);
      const answer = desk.answer(task);
      if (answer !== undefined) await answerControlTask(app, { id: task.id, workerId }, answer);
    }
  }

  const look = (): void => void (working = working.then(work));
  const unsubscribe = await app.queue.subscribe(TOPICS.controlAsked, look);
  const timer = setInterval(look, 500);
  const desk: VendorDesk = {
    asked,
    answer: () => undefined,
    async close() {
      clearInterval(timer);
      unsubscribe();
      await working;
    },
  };
  return desk;
}
