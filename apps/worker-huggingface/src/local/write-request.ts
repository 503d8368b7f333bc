import { type Message, type ModelRequest, ProviderError } from '@switchyard/contract';
import { hasMedia, ownOptions, systemText, type Translated, textOf, warnOfUnused } from '@switchyard/provider-kit';
import { type ChatTurn, type GenerationParameter, type Sampling, type WriteTask } from '../engine/protocol.js';

type WriteBody = Pick<WriteTask, 'turns' | 'maxTokens' | 'stop' | 'sampling' | 'generation'>;

const USED = [
  'prompt',
  'messages',
  'systemPrompt',
  'context',
  'temperature',
  'maxTokens',
  'topP',
  'frequencyPenalty',
  'presencePenalty',
  'stop',
  'seed',
] as const satisfies readonly (keyof ModelRequest)[];

/** Parameters of the runtime's own that a request may give under `providerOptions.huggingface`; all are numbers. */
const GENERATION = [
  'top_k',
  'repetition_penalty',
  'no_repeat_ngram_size',
  'min_new_tokens',
] as const satisfies readonly GenerationParameter[];

/** @throws ProviderError `invalid_request` for a conversation that holds more than text. */
export function toWriteRequest(request: ModelRequest): Translated<WriteBody> {
  const { maxTokens, stop = [] } = request;
  const { generation, warnings } = readGeneration(request);
  const body = {
    turns: toTurns(request),
    ...(maxTokens !== undefined && { maxTokens }),
    stop: stop.filter((text) => text !== ''),
    sampling: toSampling(request),
    generation,
  };
  return { body, warnings: [...warnings, ...warnOfUnused(request, USED)] };
}

function toTurns(request: ModelRequest): readonly ChatTurn[] {
  const turns: readonly Message[] = request.messages ?? [{ role: 'user', content: request.prompt ?? '' }];
  if (turns.some(({ content }) => hasMedia(content))) {
    throw new ProviderError('invalid_request', 'A local model reads text only; leave images, audio and files out.', {
      reachedVendor: false,
    });
  }
  const [first, ...rest] = turns;
  const opening = request.systemPrompt === undefined && first?.role === 'system' ? textOf(first.content) : undefined;
  const system = systemText(request, opening);
  const told = (opening === undefined ? turns : rest).map(({ role, content }) => ({ role, content: textOf(content) }));
  return system === '' ? told : [{ role: 'system', content: system }, ...told];
}

function toSampling({ temperature, topP, frequencyPenalty, presencePenalty, seed }: ModelRequest): Sampling {
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(frequencyPenalty !== undefined && { frequencyPenalty }),
    ...(presencePenalty !== undefined && { presencePenalty }),
    ...(seed !== undefined && { seed }),
  };
}

function readGeneration(
  request: ModelRequest,
): Pick<WriteTask, 'generation'> & { readonly warnings: readonly string[] } {
  const { options } = ownOptions(request, 'huggingface', []);
  const known = (name: string, value: unknown): boolean =>
    GENERATION.some((each) => each === name) && typeof value === 'number' && value >= 0;
  const given = Object.entries(options);
  const taken = given.filter(([name, value]) => known(name, value));
  return {
    generation: Object.fromEntries(taken),
    warnings: given
      .filter(([name, value]) => !known(name, value))
      .map(([name]) => `providerOptions.huggingface.${name} is not supported by a local model and was left out.`),
  };
}
