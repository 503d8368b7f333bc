import { costOfUsage } from '@switchyard/budget';
import {
  CallTimeoutError,
  PROVIDER_ERROR_CODES,
  ProviderError,
  type CallContext,
  type ModelCall,
  type ModelRequest,
  type Provider,
  type TokenReport,
  type Usage,
} from '@switchyard/contract';
import type {
  Answered,
  ControlError,
  ControlTask,
  HealthAnswer,
  HelloAnswer,
  ModelsAnswer,
  Word,
} from '@switchyard/jobs';
import type { ResolvedModel } from '@switchyard/registry';

/** What a task is run with. */
export interface ControlTools {
  readonly provider: Provider;
  /** The models that the configuration gives this provider, the default one first. */
  readonly models: readonly ResolvedModel[];
  /** Further keys of a model's entry, by our id of it. */
  readonly modelOptions: (model: string) => Readonly<Record<string, unknown>> | undefined;
}

/** Time is up for whoever waits for the answer. */
export class TaskOverdue extends Error {
  override readonly name = 'TaskOverdue';
}

type Answer = HealthAnswer | ModelsAnswer | TokenReport | HelloAnswer;

/**
 * Asks the vendor what a task wants to know.
 * @param signal Aborted when the time is up or the process ends.
 * @throws what is no failure of the vendor: a fault of the adapter, or the process ends.
 */
export async function runControlTask(
  task: Pick<ControlTask, 'kind' | 'payload'>,
  tools: ControlTools,
  signal: AbortSignal,
): Promise<Answered<Answer>> {
  try {
    switch (task.kind) {
      case 'health':
        return { answer: await askHealth(tools, { signal }) };
      case 'models':
        return { answer: await askModels(tools, namesIn(task.payload), { signal }) };
      case 'token':
        return { answer: await tools.provider.auth.validate(signal) };
      case 'hello':
        return { answer: await sayHello(tools, { signal }) };
      default:
        return { error: { code: 'unsupported', message: `This worker cannot ask for "${task.kind}"; update it.` } };
    }
  } catch (error) {
    return { error: describeFailure(error, signal) };
  }
}

async function askHealth({ provider }: ControlTools, context: CallContext): Promise<HealthAnswer> {
  const startedAt = performance.now();
  const error = await findFault(provider, context);
  const latencyMs = since(startedAt);
  // A server may do without a list, and is no worse for it.
  const models = error === null ? await provider.listModels(context).catch(() => []) : [];
  const facts = (await provider.facts?.(context.signal).catch(() => undefined)) ?? {};
  return { error, auth: provider.auth.status(), latencyMs, models: toNames(models.map(({ id }) => id)), facts };
}

/** @returns null for a provider that answers. */
async function findFault(provider: Provider, context: CallContext): Promise<ControlError | null> {
  try {
    const availability = await provider.isAvailable(context);
    if (availability.available) return null;
    const { code = 'unavailable', words = availability.reason } =
      /^(?<code>[a-z_]+): (?<words>.*)$/s.exec(availability.reason)?.groups ?? {};
    return { code, message: withMend(code, words) };
  } catch (error) {
    return describeFailure(error, context.signal);
  }
}

/** A vendor lists no names that only stand for others, but knows them when it is asked for one. */
const ASKED_ONE_BY_ONE = 100;

async function askModels(
  { provider }: ControlTools,
  wanted: readonly string[],
  context: CallContext,
): Promise<ModelsAnswer> {
  const listed = new Set((await provider.listModels(context)).map(({ id }) => id));
  const missing: string[] = [];
  for (const name of wanted.filter((each) => !listed.has(each)).slice(0, ASKED_ONE_BY_ONE)) {
    if ((await provider.getModelInfo(name, context)) === undefined) missing.push(name);
  }
  return { listed: toNames([...listed]), missing };
}

/** Enough for a word, whatever it costs. */
const HELLO_TOKENS = 16;

async function sayHello(tools: ControlTools, context: CallContext): Promise<HelloAnswer> {
  const { provider } = tools;
  const startedAt = performance.now();
  let word: Word | null = null;
  let error: ControlError | null = null;
  try {
    word = (await hearWord(tools, context)) ?? null;
    // Who draws pictures has nothing to say: it is asked whether it is there.
    if (!word) error = await findFault(provider, context);
  } catch (failure) {
    error = describeFailure(failure, context.signal);
  }
  return { word, error, auth: provider.auth.status(), latencyMs: since(startedAt) };
}

/** @returns undefined where no model of the provider speaks or embeds. */
async function hearWord(tools: ControlTools, context: CallContext): Promise<Word | undefined> {
  const { provider, models } = tools;
  const able = (capability: ResolvedModel['capabilities'][number]): ResolvedModel | undefined =>
    models.find(({ capabilities }) => capabilities.includes(capability));
  const speaker = provider.generate && (able('generation') ?? able('code'));
  if (speaker && provider.generate) {
    const request = { ...speaker.params, prompt: 'Hello', maxTokens: HELLO_TOKENS };
    const reply = await provider.generate(callOf(speaker, request, tools), context);
    return wordOf(speaker, reply.content.length, reply.usage);
  }
  const embedder = provider.embed && able('embedding');
  if (!embedder || !provider.embed) return undefined;
  const request = { ...embedder.params, input: 'Hello' };
  const reply = await provider.embed(callOf(embedder, request, tools), context);
  return wordOf(embedder, reply.embeddings[0]?.length ?? 0, reply.usage);
}

function callOf(
  { id, providerModel, contextWindow }: ResolvedModel,
  request: ModelRequest,
  { modelOptions }: ControlTools,
): ModelCall {
  const options = modelOptions(id);
  return { providerModel, request, ...(options && { options }), ...(contextWindow !== undefined && { contextWindow }) };
}

const UNCOUNTED: Usage = { promptTokens: 1, completionTokens: HELLO_TOKENS, totalTokens: HELLO_TOKENS + 1 };

function wordOf({ id, price }: ResolvedModel, length: number, usage: Usage = UNCOUNTED): Word {
  const { promptTokens, completionTokens } = usage;
  return { model: id, length, costNano: costOfUsage(usage, price, []), promptTokens, completionTokens };
}

/** @throws what is no failure of a vendor. */
function describeFailure(error: unknown, signal: AbortSignal): ControlError {
  if (signal.aborted && signal.reason instanceof TaskOverdue) {
    return { code: 'timeout_error', message: 'The provider did not answer in time.' };
  }
  if (error instanceof CallTimeoutError) return { code: 'timeout_error', message: error.message };
  if (error instanceof ProviderError) return { code: error.code, message: withMend(error.code, error.message) };
  throw error;
}

function withMend(code: string, message: string): string {
  const mend = Object.entries(PROVIDER_ERROR_CODES).find(([known]) => known === code)?.[1].mend;
  return mend === undefined ? message : `${message} ${mend}`;
}

const MOST_NAMES = 5_000;
/** What a database takes, and a terminal. */
const NAME = /^[^\p{C}]{1,200}$/u;

function toNames(names: readonly string[]): readonly string[] {
  return names.filter((name) => NAME.test(name)).slice(0, MOST_NAMES);
}

function namesIn(payload: unknown): readonly string[] {
  const models: unknown =
    typeof payload === 'object' && payload !== null && 'models' in payload ? payload.models : undefined;
  return Array.isArray(models) ? models.filter((name): name is string => typeof name === 'string') : [];
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
