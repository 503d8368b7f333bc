import { type EmbedReply, type ModelCall, ProviderError } from '@switchyard/contract';
import type OpenAI from 'openai';
import { isObject } from '../json.js';
import { parseUsage } from '../parse-usage.js';
import { ownOptions, type Translated, warnOfUnused } from '../parameters.js';
import { type Dialect } from './quirks.js';

/** A native request as the body of `POST /embeddings`. A list is asked for even for one input. */
export function toEmbeddingRequest(
  { providerModel, request }: ModelCall,
  dialect: Dialect,
): Translated<OpenAI.EmbeddingCreateParams & { input: string[] }> {
  const given = request.input ?? request.prompt ?? [];
  const own = ownOptions(request, dialect.kind, ['model', 'input', 'encoding_format']);
  const body = {
    model: providerModel,
    input: typeof given === 'string' ? [given] : [...given],
    encoding_format: dialect.embeddingEncoding,
    ...own.options,
  };
  return { body, warnings: [...own.warnings, ...warnOfUnused(request, ['input', 'prompt'])] };
}

/**
 * Reads a list of embeddings, in the order of its indexes, each as numbers or as the base64 of float32, whichever came.
 * @throws ProviderError `bad_response` unless there is exactly one vector for each input.
 */
export function readEmbeddings(raw: unknown, inputs: number, warnings: readonly string[]): EmbedReply {
  const data: unknown = isObject(raw) ? raw.data : undefined;
  if (!isObject(raw) || !Array.isArray(data)) throw badReply('no list of embeddings');
  const embeddings = new Map<number, readonly number[]>();
  for (const [position, item] of data.entries()) {
    if (!isObject(item)) throw badReply('an embedding that is none');
    const index = item.index ?? position;
    if (typeof index === 'number') embeddings.set(index, readVector(item.embedding));
  }
  const ordered = Array.from({ length: inputs }, (_, index) => embeddings.get(index));
  if (data.length !== inputs || !ordered.every((vector) => vector !== undefined)) {
    throw badReply(`${data.length} embeddings for ${inputs} inputs, or not one for each`);
  }
  const usage = parseUsage(raw.usage);
  return { embeddings: ordered, ...(usage && { usage }), warnings, raw };
}

function readVector(value: unknown): readonly number[] {
  if (typeof value === 'string') return readFloat32(value);
  if (!Array.isArray(value) || value.length === 0) throw badReply('an embedding without numbers');
  const numbers: readonly unknown[] = value;
  if (!numbers.every(isFloat32)) throw badReply('an embedding with other things than numbers');
  return numbers;
}

/** What is kept is a float32; beyond its range there is no number. */
function isFloat32(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}

function readFloat32(base64: string): readonly number[] {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === 0 || bytes.length % 4 !== 0) throw badReply('an embedding that is not the base64 of float32');
  const numbers = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
  if (!numbers.every(Number.isFinite)) throw badReply('an embedding that is not the base64 of float32');
  return numbers;
}

function badReply(what: string): ProviderError {
  return new ProviderError('bad_response', `The answer of the provider has ${what}.`);
}
