import { type EmbedContentConfig, type EmbedContentParameters, type HttpOptions } from '@google/genai/web';
import { type EmbedReply, type ModelCall, ProviderError, type Usage } from '@switchyard/contract';
import {
  badReply,
  isObject,
  type JsonObject,
  ownOptions,
  parseUsage,
  readVector,
  warnOfUnused,
} from '@switchyard/provider-kit';

/** What Google's client sends of its options for embeddings. */
const KNOWN_TO_CLIENT: readonly string[] = [
  'taskType',
  'title',
  'outputDimensionality',
  'autoTruncate',
  'mimeType',
] as const satisfies readonly (keyof EmbedContentConfig)[];

interface EmbedRequest {
  readonly inputs: readonly string[];
  readonly parameters: (httpOptions: HttpOptions) => EmbedContentParameters;
  readonly warnings: readonly string[];
}

/**
 * A native request as the parameters of `embedContent`, which Google's client sends to `:predict` or, for models that
 * know it, to `:embedContent`.
 * @throws ProviderError `invalid_request` for several inputs where the model takes one at a time.
 */
export function toEmbedRequest({ providerModel, request }: ModelCall): EmbedRequest {
  const given = request.input ?? request.prompt ?? [];
  const inputs = typeof given === 'string' ? [given] : given;
  if (inputs.length > 1 && takesOneInput(providerModel)) {
    throw new ProviderError('invalid_request', `${providerModel} embeds one input a request; submit a job for each.`, {
      reachedVendor: false,
    });
  }
  const { options } = ownOptions(request, 'vertex', []);
  const known = Object.entries(options).filter(([name]) => KNOWN_TO_CLIENT.includes(name));
  const unknown = Object.keys(options).filter((name) => !KNOWN_TO_CLIENT.includes(name));
  return {
    inputs,
    parameters: (httpOptions) => ({
      model: providerModel,
      contents: [...inputs],
      config: { ...Object.fromEntries(known), httpOptions },
    }),
    warnings: [
      ...unknown.map((name) => `providerOptions.vertex.${name} is no option of embeddings and was left out.`),
      ...warnOfUnused(request, ['input', 'prompt']),
    ],
  };
}

/** Google's client decides by the same names which of the two methods it calls; only `:predict` takes several inputs. */
function takesOneInput(model: string): boolean {
  return (model.includes('gemini') && model !== 'gemini-embedding-001') || model.includes('maas');
}

/**
 * Reads the predictions of `:predict`, or the one embedding of `:embedContent`. An input that the vendor cut to what the
 * model takes is told.
 * @throws ProviderError `bad_response` unless there is exactly one vector for each input.
 */
export function readEmbeddings(raw: unknown, inputs: number, warnings: readonly string[]): EmbedReply {
  if (!isObject(raw)) throw badReply('no embeddings');
  const found = isObject(raw.embedding) ? [raw.embedding] : readPredictions(raw.predictions);
  if (found.length !== inputs) throw badReply(`${found.length} embeddings for ${inputs} inputs`);
  const usage = isObject(raw.embedding) ? toUsage(raw.usageMetadata, 'promptTokenCount') : sumUsage(found);
  const cut = [...found.entries()].filter(([, embedding]) => isTruncated(embedding) || raw.truncated === true);
  return {
    embeddings: found.map(({ values }) => readVector(values)),
    ...(usage && { usage }),
    warnings: [...warnings, ...cut.map(([index]) => `input[${index}] was cut to the length that the model takes.`)],
    raw,
  };
}

function readPredictions(predictions: unknown): readonly JsonObject[] {
  if (!Array.isArray(predictions)) throw badReply('no embeddings');
  return predictions.map((prediction: unknown) => {
    const embeddings = isObject(prediction) ? prediction.embeddings : undefined;
    if (!isObject(embeddings)) throw badReply('a prediction without an embedding');
    return embeddings;
  });
}

function isTruncated({ statistics }: JsonObject): boolean {
  return isObject(statistics) && statistics.truncated === true;
}

/** Each prediction counts its own input. */
function sumUsage(embeddings: readonly JsonObject[]): Usage | undefined {
  const counted = embeddings.map(({ statistics }) => toUsage(statistics, 'token_count')?.promptTokens);
  if (!counted.every((tokens) => tokens !== undefined)) return undefined;
  const tokens = counted.reduce((total, count) => total + count, 0);
  return parseUsage({ prompt_tokens: tokens, total_tokens: tokens });
}

function toUsage(counts: unknown, name: string): Usage | undefined {
  const tokens = isObject(counts) ? counts[name] : undefined;
  return parseUsage({ prompt_tokens: tokens, total_tokens: tokens });
}
