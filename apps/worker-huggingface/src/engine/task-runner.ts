import { embedTexts } from './embed-texts.js';
import { findDevice } from './find-device.js';
import { InstanceCache, NoRoomError } from './instance-cache.js';
import { loadModel, type LocalModel } from './load-model.js';
import { weightBytes } from './model-files.js';
import {
  type Device,
  type FromThread,
  type ModelSource,
  type Task,
  type TaskFailure,
  type ThreadSettings,
  type ToThread,
} from './protocol.js';
import { TaskError } from './task-error.js';
import { writeText } from './write-text.js';

type Post = (message: FromThread, transfer?: ArrayBuffer[]) => void;

/** Runs tasks with the models that they name. Lives in a thread of its own, since the runtime computes where it is called. */
export class TaskRunner {
  readonly #cancels = new Map<number, AbortController>();
  readonly #models: InstanceCache<ModelSource, LocalModel>;
  #device: Promise<Device> | undefined;

  constructor(
    { modelsDirectory, maxBytes, idleMs }: ThreadSettings,
    private readonly post: Post,
  ) {
    this.#models = new InstanceCache({
      keyOf: (source) => JSON.stringify(source),
      sizeOf: (source) => weightBytes(source, modelsDirectory),
      load: async (source) => await loadModel(source, await this.#deviceFor(source), modelsDirectory),
      maxBytes,
      idleMs,
      availableBytes: () => process.availableMemory(),
      onChange: () => this.#tellLoaded(),
    });
  }

  take(message: ToThread): void {
    switch (message.type) {
      case 'run':
        void this.#run(message.id, message.task);
        return;
      case 'cancel':
        this.#cancels.get(message.id)?.abort();
        return;
      case 'probe':
        void this.#findDevice().then((device) => this.post({ type: 'probed', id: message.id, device }));
    }
  }

  async #run(id: number, task: Task): Promise<void> {
    const cancel = new AbortController();
    this.#cancels.set(id, cancel);
    try {
      await this.#models.use(task.source, (model) => this.#work(id, task, model, cancel.signal), task.keepLoadedMs);
    } catch (error) {
      this.post({ type: 'failed', id, failure: describeFailure(error) });
    } finally {
      this.#cancels.delete(id);
    }
  }

  async #work(id: number, task: Task, model: LocalModel, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.post({ type: 'started', id, device: model.device });
    switch (task.kind) {
      case 'embed': {
        const outcome = await embedTexts(model, task, signal);
        // Equal texts share a vector, which can be handed over once.
        const buffers = new Set(outcome.vectors.map(({ buffer }) => buffer));
        this.post(
          { type: 'embedded', id, outcome },
          [...buffers].filter((buffer) => buffer instanceof ArrayBuffer),
        );
        return;
      }
      case 'write': {
        const onText = (text: string): void => this.post({ type: 'text', id, text });
        this.post({ type: 'written', id, outcome: await writeText(model, task, onText, signal) });
      }
    }
  }

  #deviceFor({ device }: ModelSource): Device | Promise<Device> {
    return device === 'auto' ? this.#findDevice() : device;
  }

  #findDevice(): Promise<Device> {
    this.#device ??= findDevice();
    return this.#device;
  }

  #tellLoaded(): void {
    const loaded = this.#models.loaded.map(({ place, dtype, device, bytes }) => ({ place, dtype, device, bytes }));
    this.post({ type: 'loaded', loaded });
  }
}

function describeFailure(error: unknown): TaskFailure {
  if (error instanceof TaskError) return { cause: error.failure, message: error.message };
  if (error instanceof NoRoomError) return { cause: 'no-room', message: error.message };
  // What the runtime says may quote what it was given.
  return { cause: 'failed', message: 'The model failed on this request.' };
}
