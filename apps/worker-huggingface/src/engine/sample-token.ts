import { type Sampling } from './protocol.js';

/** How one answer's tokens are picked, with nothing left open. */
export interface Sampler {
  /** 0 is the likeliest token always. */
  readonly temperature: number;
  /** The likeliest tokens that together have this share of the probability; 0 to 1. */
  readonly topP: number;
  /** At most so many of the likeliest; 0 is all. */
  readonly topK: number;
  readonly frequencyPenalty: number;
  readonly presencePenalty: number;
}

/** What a model's own configuration says of sampling. */
export interface ModelDefaults {
  readonly do_sample?: boolean | null;
  readonly temperature?: number | null;
  readonly top_p?: number | null;
  readonly top_k?: number | null;
}

/** A request's wishes before the model's own; a model that says nothing gives the likeliest token. */
export function samplerOf(wished: Sampling & { readonly topK?: number | undefined }, own: ModelDefaults): Sampler {
  const samples = own.do_sample === true;
  const free = [wished.topP, wished.topK, wished.seed].some((wish) => wish !== undefined);
  return {
    temperature: wished.temperature ?? (samples ? (own.temperature ?? 1) : free ? 1 : 0),
    topP: wished.topP ?? (samples ? (own.top_p ?? 1) : 1),
    topK: wished.topK ?? (samples ? (own.top_k ?? 0) : 0),
    frequencyPenalty: wished.frequencyPenalty ?? 0,
    presencePenalty: wished.presencePenalty ?? 0,
  };
}

/**
 * Picks the next token.
 * @param logits One for each token of the vocabulary; the penalties are taken off in place.
 * @param counts How often each token was written so far.
 * @param random 0 to 1, without 1.
 */
export function sampleToken(
  logits: Float32Array,
  counts: ReadonlyMap<number, number>,
  sampler: Sampler,
  random: () => number,
): number {
  const { temperature, topP, topK, frequencyPenalty, presencePenalty } = sampler;
  // As OpenAI defines them: a part for each time, and a part for having been written at all.
  for (const [token, count] of counts) {
    logits[token] = (logits[token] ?? 0) - frequencyPenalty * count - presencePenalty;
  }
  const best = likeliest(logits);
  if (temperature === 0) return best;
  const weights = weigh(logits, logits[best] ?? 0, temperature);
  const all = topK === 0 && topP >= 1;
  return pick(all ? tokensFrom(0, weights) : candidates(weights, sampler), weights, random());
}

/** The weight of each token, of which the likeliest has 1. A vocabulary is large, and this runs for each token. */
function weigh(logits: Float32Array, highest: number, temperature: number): Float64Array {
  const weights = new Float64Array(logits.length);
  for (let token = 0; token < logits.length; token += 1) {
    weights[token] = Math.exp(((logits[token] ?? 0) - highest) / temperature);
  }
  return weights;
}

/**
 * The tokens that `topK` and `topP` leave, likeliest first. Most of a vocabulary has next to no weight, and is not sorted
 * unless it must be.
 */
function candidates(weights: Float64Array, { topK, topP }: Sampler): readonly number[] {
  const enough = topP < 1 ? topP * sumOf(tokensFrom(0, weights), weights) : 0;
  for (const least of [1e-2, 1e-4, 1e-6, 0]) {
    const tokens = tokensFrom(least, weights);
    if (least > 0 && (tokens.length < topK || sumOf(tokens, weights) < enough)) continue;
    tokens.sort((one, other) => (weights[other] ?? 0) - (weights[one] ?? 0));
    return withinShare(topK > 0 ? tokens.slice(0, topK) : tokens, weights, topP);
  }
  return [];
}

function tokensFrom(least: number, weights: Float64Array): number[] {
  const tokens: number[] = [];
  for (let token = 0; token < weights.length; token += 1) if ((weights[token] ?? 0) >= least) tokens.push(token);
  return tokens;
}

/** The first tokens that reach a share of all; one at least. */
function withinShare(tokens: readonly number[], weights: Float64Array, share: number): readonly number[] {
  if (share >= 1) return tokens;
  const enough = share * sumOf(tokens, weights);
  let reached = 0;
  const end = tokens.findIndex((token) => (reached += weights[token] ?? 0) >= enough);
  return tokens.slice(0, end + 1);
}

/** @param place 0 to 1, of the weight of all the tokens */
function pick(tokens: readonly number[], weights: Float64Array, place: number): number {
  let left = place * sumOf(tokens, weights);
  const found = tokens.find((token) => (left -= weights[token] ?? 0) < 0);
  return found ?? tokens.at(-1) ?? 0;
}

function sumOf(tokens: readonly number[], weights: Float64Array): number {
  let sum = 0;
  for (const token of tokens) sum += weights[token] ?? 0;
  return sum;
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let token = 1; token < logits.length; token += 1) {
    if ((logits[token] ?? 0) > (logits[best] ?? 0)) best = token;
  }
  return best;
}
