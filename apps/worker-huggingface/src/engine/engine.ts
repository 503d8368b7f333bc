import { Worker } from 'node:worker_threads';
import {
  type Device,
  type EmbedOutcome,
  type EmbedTask,
  type FromThread,
  type LoadedModel,
  type Task,
  type TaskFailure,
  type ThreadSettings,
  type ToThread,
  type WriteOutcome,
  type WriteTask,
} from './protocol.js';

/** A task that the thread reports as failed, or whose thread ended under it. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  constructor(
    readonly failure: TaskFailure['cause'] | 'ended',
    message: string,
    /** Whether the model had begun to work on it. */
    readonly started: boolean,
  ) {
    super(message);
  }
}

/** What somebody waits for of a task. */
export interface Listener {
  readonly signal: AbortSignal;
  /** Called when the model is loaded and begins. */
  readonly onStarted?: (() => void) | undefined;
  readonly onText?: (text: string) => void;
}

interface Waiting extends Listener {
  started: boolean;
  readonly resolve: (message: FromThread) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The models of one provider, in a thread of their own: the runtime computes in the thread that calls it, for seconds with
 * a large batch, while this process must beat, cancel and answer. The thread starts with the first task, and again after
 * it ended.
 */
export class Engine {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;
  #loaded: readonly LoadedModel[] = [];

  /** @param threadFile The built `thread.js`. */
  constructor(
    private readonly threadFile: URL,
    private readonly settings: ThreadSettings,
  ) {}

  /** The copies that are in memory now. */
  get loaded(): readonly LoadedModel[] {
    return this.#loaded;
  }

  /** @throws EngineError, or the signal's reason. */
  async embed(task: EmbedTask, listener: Listener): Promise<EmbedOutcome> {
    const message = await this.#run(task, listener);
    if (message.type !== 'embedded') throw unexpected(message);
    return message.outcome;
  }

  /** @throws EngineError, or the signal's reason. */
  async write(task: WriteTask, listener: Listener): Promise<WriteOutcome> {
    const message = await this.#run(task, listener);
    if (message.type !== 'written') throw unexpected(message);
    return message.outcome;
  }

  /** What `auto` is on this machine. */
  async findDevice(signal: AbortSignal): Promise<Device> {
    const message = await this.#ask((id) => ({ type: 'probe', id }), { signal });
    if (message.type !== 'probed') throw unexpected(message);
    return message.device;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #run(task: Task, listener: Listener): Promise<FromThread> {
    return this.#ask((id) => ({ type: 'run', id, task }), listener);
  }

  async #ask(message: (id: number) => ToThread, listener: Listener): Promise<FromThread> {
    const { signal } = listener;
    signal.throwIfAborted();
    const id = this.#nextId++;
    const worker = (this.#worker ??= this.#start());
    const { promise, resolve, reject } = Promise.withResolvers<FromThread>();
    const waiting: Waiting = { ...listener, started: false, resolve, reject };
    // The thread may be in the middle of a batch: it hears of it after, and nobody waits for that.
    const cancel = (): void => {
      worker.postMessage({ type: 'cancel', id } satisfies ToThread);
      reject(signal.reason);
    };
    this.#waiting.set(id, waiting);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      worker.postMessage(message(id));
      return await promise;
    } finally {
      signal.removeEventListener('abort', cancel);
      this.#waiting.delete(id);
    }
  }

  #start(): Worker {
    // The runtime reads it before the library in the thread can say so: without it, it reports to its maker.
    process.env['ORT_DISABLE_TELEMETRY'] = '1';
    const worker = new Worker(this.threadFile, { workerData: this.settings, env: {}, name: 'models' });
    worker.on('message', (message: FromThread) => this.#hear(message));
    const onEnd = (): void => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#loaded = [];
      for (const { reject, started } of this.#waiting.values()) {
        reject(new EngineError('ended', 'The thread of the local models ended.', started));
      }
    };
    worker.on('error', onEnd);
    worker.on('exit', onEnd);
    return worker;
  }

  #hear(message: FromThread): void {
    if (message.type === 'loaded') {
      this.#loaded = message.loaded;
      return;
    }
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    switch (message.type) {
      case 'started':
        waiting.started = true;
        waiting.onStarted?.();
        return;
      case 'text':
        waiting.onText?.(message.text);
        return;
      case 'failed':
        waiting.reject(new EngineError(message.failure.cause, message.failure.message, waiting.started));
        return;
      case 'embedded':
      case 'written':
      case 'probed':
        waiting.resolve(message);
    }
  }
}

function unexpected({ type }: FromThread): TypeError {
  return new TypeError(`The thread of the local models answered "${type}" to another question.`);
}
