import type { ModelRequest, NanoUsd } from '@switchyard/contract';
import { imagePriceNames, mostCostOf } from '@switchyard/budget';
import {
  boundPromptTokens,
  countPromptTokens,
  tokensOfPictures,
  withDefaults,
  type ResolvedModel,
} from '@switchyard/registry';
import type { JobBody } from './native/parse-job.js';

/** Output that is reserved for where neither request nor model bounds it, in tokens. */
const UNBOUNDED_OUTPUT_TOKENS = 4096;

/** The bound of an answer's length. */
export interface OutputCap {
  readonly tokens: number;
  /** What is sent to the vendor; absent where it is left to write as much as it does by itself. */
  readonly sent?: number;
  /** True where neither request nor model said it: a blocking budget must know what it reserves for. */
  readonly imposed: boolean;
}

/** @param blocks Whether a budget that blocks or lets wait holds for the request. */
export function outputCap(request: ModelRequest, model: ResolvedModel, blocks: boolean): OutputCap {
  const { maxTokens } = model.params;
  const said = request.maxTokens ?? (typeof maxTokens === 'number' ? maxTokens : model.defaultMaxTokens);
  if (said !== undefined) return { tokens: said, sent: said, imposed: false };
  const tokens = Math.min(model.maxOutputTokens ?? UNBOUNDED_OUTPUT_TOKENS, UNBOUNDED_OUTPUT_TOKENS);
  return blocks ? { tokens, sent: tokens, imposed: true } : { tokens, imposed: false };
}

/** An upper bound of what one attempt can cost: the prompt's bytes bound its tokens. */
export function boundCost(job: JobBody, model: ResolvedModel, cap: OutputCap): NanoUsd {
  const request = withDefaults(job.request, model.params);
  return costWith(boundPromptTokens(request, model.contextWindow), { ...job, request }, model, cap);
}

/** The same with the prompt counted by the model's own tokenizer. @returns undefined where it has none that is known. */
export async function countCost(
  job: JobBody,
  model: ResolvedModel,
  cap: OutputCap,
  signal?: AbortSignal,
): Promise<NanoUsd | undefined> {
  const request = withDefaults(job.request, model.params);
  const tokens = await countPromptTokens(request, model, signal);
  return tokens === undefined ? undefined : costWith(tokens, { ...job, request }, model, cap);
}

function costWith(inputTokens: number, { type, request }: JobBody, model: ResolvedModel, cap: OutputCap): NanoUsd {
  const images = type === 'image' ? (request.n ?? 1) : 0;
  const writesText = type === 'generation' || type === 'code';
  return mostCostOf(
    {
      inputTokens,
      outputTokens: writesText ? cap.tokens : tokensOfPictures(images, request),
      images,
      imagePriceNames: imagePriceNames(request),
      ...cacheUse(request, model),
      hasAudio: hasAudio(request),
    },
    model.price,
  );
}

/**
 * Anthropic writes into its cache what it is asked to, for five minutes unless it is told another time; others may do so
 * with any prompt.
 */
function cacheUse({ providerOptions }: ModelRequest, { providerKind, params }: ResolvedModel) {
  if (providerKind !== 'anthropic' && providerKind !== 'anthropic_vertex') return { mayWriteCache: true };
  const asked = JSON.stringify([providerOptions, params]);
  const mayWriteCache = asked.includes('cache_control');
  return { mayWriteCache, mayKeepCache: mayWriteCache && /"ttl":(?!"5m")/.test(asked) };
}

function hasAudio({ messages = [] }: ModelRequest): boolean {
  return messages.some(({ content }) => {
    return typeof content !== 'string' && content?.some(({ type }) => type === 'audio') === true;
  });
}
