import {
  CODE_TASK,
  CODE_TASK_TYPES,
  type JobType,
  type Message,
  type ModelRequest,
  type TaskView,
} from '@switchyard/contract';
import { estimatePromptTokens } from '@switchyard/registry';
import { classifyTask } from '../classify/classify-task.js';
import type { Task } from '../classify/task.js';
import type { SelectionContext, SelectionRequest } from '../selection.js';
import type { Facts } from './facts.js';

const TYPES_OF_CODE: ReadonlySet<string> = new Set(CODE_TASK_TYPES);

/** The facts of one request, with what was worked out of its task so far. */
export interface RequestFacts extends Facts {
  /** What is known of the task by now: as the client says, and what was asked for. */
  readonly knownTask: TaskView | null;
}

/** Reads what rules and scores go by. The prompt is classified and measured only when that is asked for. */
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
    const { type, request, task } = this.source;
    return (this.#task ??= taskOf(type, request, task ?? undefined));
  }

  get knownTask(): TaskView | null {
    return this.#task ?? this.source.task ?? null;
  }
}

/**
 * What a job is for: as the client states it, the rest from its prompt.
 * @returns undefined for a job that writes no text, unless its task is stated
 */
export function taskOf(type: JobType, request: ModelRequest, stated?: TaskView): Task | undefined {
  const { type: statedType, complexity } = stated ?? {};
  if (statedType !== undefined && statedType !== CODE_TASK && complexity !== undefined) {
    return { type: statedType, complexity };
  }
  const writesText = type === 'generation' || type === 'code';
  if (!writesText && statedType === undefined) return undefined;
  const isOfCode = type === 'code' || statedType === CODE_TASK;
  const classified = classifyTask(promptOf(request));
  const classifiedType = isOfCode && !TYPES_OF_CODE.has(classified.type) ? 'code_generation' : classified.type;
  return {
    type: statedType === undefined || statedType === CODE_TASK ? classifiedType : statedType,
    complexity: complexity ?? classified.complexity,
  };
}

/** What the user asks for: of a conversation the newest turn of theirs. */
function promptOf({ prompt, messages = [] }: ModelRequest): string {
  if (prompt !== undefined) return prompt;
  const newest = messages.findLast(({ role }) => role === 'user');
  return newest ? textOf(newest) : '';
}

function textOf({ content }: Message): string {
  if (typeof content === 'string') return content;
  return (content ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}
