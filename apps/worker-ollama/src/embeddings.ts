import { type EmbedReply, type ModelCall } from '@switchyard/contract';
import { badReply, isObject, parseUsage, readVector, type Translated, warnOfUnused } from '@switchyard/provider-kit';
import { type EmbedRequest } from 'ollama/browser';
import { keepAlive, ownParameters } from './own-parameters.js';
import { servedModel } from './variants.js';

const OWN_FIELDS = ['truncate', 'keep_alive', 'dimensions'];

/**
 * A native request as the body of `POST /api/embed` (https://docs.ollama.com/api/embed). A list is asked for even for one
 * input, and an input over the window is to be refused, which the server would cut without a word.
 */
export function toEmbedRequest(call: ModelCall): Translated<EmbedRequest & { input: string[] }> {
  const { request, contextWindow } = call;
  const given = request.input ?? request.prompt ?? [];
  const own = ownParameters(request, OWN_FIELDS);
  const options = { ...(contextWindow !== undefined && { num_ctx: contextWindow }), ...own.options };
  const body = {
    model: servedModel(call),
    input: typeof given === 'string' ? [given] : [...given],
    truncate: false,
    ...keepAlive(call.options),
    ...(Object.keys(options).length > 0 && { options }),
    ...own.fields,
  };
  return { body, warnings: [...own.warnings, ...warnOfUnused(request, ['input', 'prompt'])] };
}

/** @throws ProviderError `bad_response` unless there is exactly one vector for each input. */
export function readEmbeddings(raw: unknown, inputs: number, warnings: readonly string[]): EmbedReply {
  const vectors: unknown = isObject(raw) ? raw.embeddings : undefined;
  if (!isObject(raw) || !Array.isArray(vectors)) throw badReply('no list of embeddings');
  if (vectors.length !== inputs) throw badReply(`${vectors.length} embeddings for ${inputs} inputs`);
  const { prompt_eval_count: tokens } = raw;
  const usage = parseUsage({ prompt_tokens: tokens, total_tokens: tokens });
  return { embeddings: vectors.map(readVector), ...(usage && { usage }), warnings, raw };
}
