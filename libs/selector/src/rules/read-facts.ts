import type { TaskView } from '@switchyard/contract';
import { estimatePromptTokens } from '@switchyard/registry';
import type { Task } from '../classify/task.js';
import type { SelectionContext, SelectionRequest } from '../selection.js';
import type { Facts } from './facts.js';

/** The facts of one request, with what was worked out of its task so far. */
export interface RequestFacts extends Facts {
  /** What is known of the task by now: as the client says, and what was asked for. */
  readonly knownTask: TaskView | null;
}

/** Reads what rules and scores go by. The prompt is measured only when that is asked for. */
export function readFacts(request: SelectionRequest, { tenant, now }: SelectionContext): RequestFacts {
  return new LazyFacts(request, tenant, now);
}

class LazyFacts implements RequestFacts {
  readonly userId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  #tokens: number | undefined;
  #task: Task | undefined;

  constructor(
    private readonly source: SelectionRequest,
    readonly tenant: string,
    readonly now: Date,
  ) {
    this.userId = source.userId ?? null;
    this.metadata = source.metadata ?? {};
  }

  get tokens(): number {
    const { needed, request } = this.source;
    return (this.#tokens ??= needed?.promptTokens ?? estimatePromptTokens(request));
  }

  get task(): Task | undefined {
    return (this.#task ??= taskOf(this.source.task));
  }

  get knownTask(): TaskView | null {
    return this.#task ?? this.source.task ?? null;
  }
}

/** What a job is for, as far as the client states it. */
function taskOf(stated: TaskView | null | undefined): Task | undefined {
  const { type, complexity } = stated ?? {};
  return type === undefined || complexity === undefined ? undefined : { type, complexity };
}
