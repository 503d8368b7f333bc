import type { JobType, ModelRequest } from '@switchyard/contract';
import {
  boundWindowTokens,
  inTurn,
  openTokenCounter,
  sizePrompt,
  Weigher,
  withDefaults,
  type ResolvedModel,
} from '@switchyard/registry';
import type { NeededWindow } from '@switchyard/selector';
import type { OutputCap } from '../reservation.js';
import { textsOf, trimConversation, trimInputs, withTexts } from './trim-request.js';
import { TRIM_MODES, type TrimMode } from './trim-text.js';

/** A request that fits a model's window, or what it would need of one. */
export type Fit =
  | {
      readonly fits: true;
      readonly request: ModelRequest;
      readonly cap: OutputCap;
      /** How many tokens went, where it was trimmed. */
      readonly trimmed?: { readonly mode: TrimMode; readonly tokens: number };
    }
  | { readonly fits: false; readonly needs: NeededWindow };

/** Room that is left for an answer of which nothing is said, in tokens, and at most which part of the window. */
const USUAL_ANSWER_TOKENS = 1_024;
const LARGEST_ANSWER_PART = 1 / 4;

/**
 * Holds a request against the window of its model, and trims it where it asks for that. Its tokens are only counted
 * where its bytes do not tell already that it fits.
 * @param signal Ends the count, and rejects with its reason.
 */
export async function fitWindow(
  { type, request }: { readonly type: JobType; readonly request: ModelRequest },
  model: ResolvedModel,
  cap: OutputCap,
  signal?: AbortSignal,
): Promise<Fit> {
  const { contextWindow: window } = model;
  const whole: Fit = { fits: true, request, cap };
  if (window === undefined || type === 'image' || isCutByItsWorker(type, request, model)) return whole;
  const writes = type === 'generation' || type === 'code';
  const told = withDefaults(request, model.params);
  if (boundWindowTokens(told) + (writes ? (cap.sent ?? 1) : 0) <= window) return whole;

  const { tokens: promptTokens, exact } = await sizePrompt(told, model, signal);
  // An answer needs a token; what only a default asks for makes room for the prompt.
  const answer = writes ? (request.maxTokens ?? 1) : 0;
  if (promptTokens + answer <= window) {
    return writes ? { ...whole, cap: narrow(cap, window - promptTokens) } : whole;
  }
  const needs = { promptTokens, maxTokens: request.maxTokens ?? null, exact };
  const mode = TRIM_MODES.find((each) => each === request.overflow);
  if (!mode) return { fits: false, needs };
  const reserved = writes ? (cap.sent ?? Math.min(USUAL_ANSWER_TOKENS, Math.floor(window * LARGEST_ANSWER_PART))) : 0;
  const trimmed = await trim(told, model, { mode, room: window - reserved, signal });
  if (!trimmed) return { fits: false, needs };
  return {
    fits: true,
    request: withoutDefaults(trimmed.value, request, model),
    cap,
    trimmed: { mode, tokens: trimmed.removedTokens },
  };
}

/** What a trimmed request says itself: its own fields, and a default that lost words. */
function withoutDefaults(trimmed: ModelRequest, own: ModelRequest, { params }: ResolvedModel): ModelRequest {
  const said = Object.entries(trimmed).filter(([name, value]) => Object.hasOwn(own, name) || value !== params[name]);
  return Object.fromEntries(said);
}

/** A model in the worker knows its own tokens: it cuts what is too long at the end, or refuses it where that is asked. */
function isCutByItsWorker(type: JobType, { overflow }: ModelRequest, { providerKind }: ResolvedModel): boolean {
  return (
    type === 'embedding' && providerKind === 'huggingface' && overflow !== 'trim_start' && overflow !== 'trim_middle'
  );
}

function narrow(cap: OutputCap, room: number): OutputCap {
  if (cap.sent === undefined || cap.sent <= room) return cap;
  return { ...cap, tokens: room, sent: room };
}

async function trim(
  request: ModelRequest,
  model: ResolvedModel,
  { mode, room, signal }: { readonly mode: TrimMode; readonly room: number; readonly signal: AbortSignal | undefined },
) {
  // What stays takes its room first: the system's prompt, tools, and what frames it all.
  const fixed = await sizePrompt(
    {
      ...withTexts(
        request,
        textsOf(request).map(() => ''),
      ),
      input: [],
    },
    model,
    signal,
  );
  return await inTurn(async () => {
    const weigher = new Weigher(await openTokenCounter(model), signal);
    if (request.input === undefined) return await trimConversation(request, room - fixed.tokens, mode, weigher);
    const inputs = await trimInputs(request.input, room, mode, weigher);
    return inputs && { value: { ...request, input: inputs.value }, removedTokens: inputs.removedTokens };
  }, signal);
}
