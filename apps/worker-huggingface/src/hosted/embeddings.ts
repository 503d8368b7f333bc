import { type EmbedReply, type ModelCall } from '@switchyard/contract';
import { badReply, ownOptions, readVector, type Translated, warnOfUnused } from '@switchyard/provider-kit';

/** Where Hugging Face runs models of the hub itself, one path for each. */
const ROUTER = 'router.huggingface.co';

/** What both servers take (https://huggingface.github.io/text-embeddings-inference). */
interface EmbedBody {
  readonly inputs: readonly string[];
  readonly normalize: boolean;
  readonly truncate: boolean;
}

/** What a server's dialects stand below: its address without the `/v1` of OpenAI's. */
export function rootOf(baseURL: string): string {
  return baseURL.replace(/(\/v1)?\/*$/, '');
}

/**
 * Where vectors are asked for, below the root: `/embed` of Text Embeddings Inference, or the pipeline of a model of the
 * hub.
 */
export function embedPath(root: string, model: string): string {
  if (URL.parse(root)?.hostname !== ROUTER) return '/embed';
  return `/hf-inference/models/${model.split('/').map(encodeURIComponent).join('/')}/pipeline/feature-extraction`;
}

/** Unlike the server's own default, vectors are as the model makes them unless its entry says `normalize`. */
export function toEmbedRequest({ request, options = {} }: ModelCall): Translated<EmbedBody> {
  const { input = [], overflow } = request;
  const own = ownOptions(request, 'huggingface', ['inputs', 'model']);
  const body = {
    inputs: typeof input === 'string' ? [input] : [...input],
    normalize: options['normalize'] === true,
    // The server cuts without saying so, and otherwise refuses with the numbers.
    truncate: overflow !== 'refuse',
    ...own.options,
  };
  return { body, warnings: [...own.warnings, ...warnOfUnused(request, ['input'])] };
}

/**
 * Reads a list of vectors; where a server answers the states of each text's tokens, their mean.
 * @param headers The answer's: Text Embeddings Inference tells its tokens there.
 * @throws ProviderError `bad_response` unless there is exactly one for each input.
 */
export function readEmbeddings(
  raw: unknown,
  headers: { get(name: string): string | null },
  inputs: number,
  warnings: readonly string[],
): EmbedReply {
  if (!Array.isArray(raw)) throw badReply('no list of embeddings');
  const vectors: readonly unknown[] = raw;
  if (vectors.length !== inputs) throw badReply(`${vectors.length} embeddings for ${inputs} inputs`);
  const tokens = tokensOf(headers.get('x-compute-tokens'));
  return {
    embeddings: vectors.map((vector) => (hasTokens(vector) ? meanOf(vector.map(readVector)) : readVector(vector))),
    ...(tokens !== undefined && { usage: { promptTokens: tokens, completionTokens: 0, totalTokens: tokens } }),
    warnings,
    raw,
  };
}

function hasTokens(vector: unknown): vector is readonly unknown[] {
  return Array.isArray(vector) && Array.isArray(vector[0]);
}

function meanOf(states: readonly (readonly number[])[]): readonly number[] {
  const [first = []] = states;
  if (states.some((state) => state.length !== first.length)) throw badReply('tokens of different lengths');
  return first.map((_, column) => states.reduce((sum, state) => sum + (state[column] ?? 0), 0) / states.length);
}

function tokensOf(header: string | null): number | undefined {
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
