import { sql, type Database } from '@switchyard/database';
import type { Queue } from '@switchyard/queue';
import { parseControlAnswered, TOPICS } from '../topics.js';
import type { ControlKind } from './control-tasks.js';

/** What is asked of a provider's vendor. */
export interface Question {
  readonly provider: string;
  readonly kind: ControlKind;
  /** What the kind needs to know, as JSON. Default `{}`. Nothing secret. */
  readonly payload?: unknown;
}

/** How long to wait. */
export interface Patience {
  /** For the answer, in milliseconds; the worker gives up as well then. */
  readonly limitMs: number;
  /** For a worker to take the question, in milliseconds. Default 4,000, which is more than a lost signal costs. */
  readonly untakenMs?: number;
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal;
}

/** What came of a question. */
export type Outcome =
  | { readonly state: 'answered'; readonly id: bigint; readonly answer: unknown }
  /** No worker of the provider runs, or all of them are busy with other questions. */
  | { readonly state: 'untaken' }
  | { readonly state: 'unanswered' };

/** Asks vendors through their workers. */
export interface ProviderDesk {
  /** Resolves when there is an answer or the time is up. @throws what the database raised, or the signal's reason. */
  ask(question: Question, patience: Patience): Promise<Outcome>;
  close(): void;
}

const UNTAKEN_MS = 4_000;
/** Signals may be lost: an answer is looked for this often all the same, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/**
 * Opens the asking of one process.
 * @param signals Absent: worker and asker find by the clock what a signal would tell them.
 */
export async function openProviderDesk(
  database: Database,
  signals?: Pick<Queue, 'publish' | 'subscribe'>,
): Promise<ProviderDesk> {
  const notices = new Map<string, Notice>();
  const unsubscribe = await signals?.subscribe(TOPICS.controlAnswered, ({ data }) => {
    notices.get(parseControlAnswered(data) ?? '')?.arrive();
  });

  async function put({ provider, kind, payload = {} }: Question, limitMs: number): Promise<bigint> {
    const [row] = await database.query<{ id: bigint }>(
      sql`select ask_provider(${provider}, ${kind}, ${JSON.stringify(payload)}::jsonb, ${Math.ceil(limitMs)}) as id`,
    );
    if (!row) throw new Error('A question was not written down.');
    return row.id;
  }

  async function look(id: bigint): Promise<{ taken: boolean; answered: boolean; answer: unknown } | undefined> {
    const [row] = await database.query<{ taken: boolean; answered: boolean; answer: unknown }>(sql`
      select worker_id is not null as taken, answered_at is not null as answered, answer
        from control_tasks where id = ${id}`);
    return row;
  }

  /** @returns false where a worker has just taken it. */
  async function withdraw(id: bigint): Promise<boolean> {
    const rows = await database.query(
      sql`delete from control_tasks where id = ${id} and worker_id is null returning id`,
    );
    return rows.length > 0;
  }

  return {
    async ask(question, { limitMs, untakenMs = UNTAKEN_MS, signal }) {
      const until = performance.now() + limitMs;
      let takenUntil = performance.now() + Math.min(untakenMs, limitMs);
      const id = await put(question, limitMs);
      const notice = new Notice();
      notices.set(String(id), notice);
      signals?.publish(TOPICS.controlAsked, { provider: question.provider });
      try {
        for (;;) {
          signal?.throwIfAborted();
          const now = performance.now();
          const seen = await look(id);
          if (seen?.answered === true) return { state: 'answered', id, answer: seen.answer };
          if (seen?.taken === true) takenUntil = Infinity;
          else if (seen && now >= takenUntil && (await withdraw(id))) return { state: 'untaken' };
          if (!seen || now >= until) return { state: 'unanswered' };
          await notice.within(Math.min(until - now, Math.max(takenUntil - now, 1), LOOK_EVERY_MS), signal);
        }
      } finally {
        notices.delete(String(id));
      }
    },
    close: () => unsubscribe?.(),
  };
}

/** Word that a task may have been answered; one that comes before anybody waits for it is kept. */
class Notice {
  #arrived = false;
  #wake: () => void = () => undefined;

  arrive(): void {
    this.#arrived = true;
    this.#wake();
  }

  /** Resolves with the next word, when the time is up, or when the signal aborts. */
  async within(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    if (!this.#arrived) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.#wake = (): void => {
          clearTimeout(timer);
          resolve();
        };
        signal?.addEventListener('abort', this.#wake, { once: true });
      });
      signal?.removeEventListener('abort', this.#wake);
    }
    this.#arrived = false;
  }
}
