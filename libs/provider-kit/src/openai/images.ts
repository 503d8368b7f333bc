import {
  type GeneratedImage,
  type ImageReply,
  type ModelCall,
  type ModelRequest,
  type ProviderError,
} from '@switchyard/contract';
import type OpenAI from 'openai';
import { badReply } from '../bad-reply.js';
import { mimeTypeOfImage, mimeTypeOfName } from '../image-format.js';
import { isObject } from '../json.js';
import { parseUsage } from '../parse-usage.js';
import { defined, ownOptions, type Translated, warnOfUnused } from '../parameters.js';
import { type Dialect, isGptImageModel } from './quirks.js';

type ImageBody = OpenAI.ImageGenerateParamsNonStreaming;

/** Its size and quality too: the price goes by those of the request. */
const GUARDED = ['model', 'prompt', 'n', 'size', 'quality', 'stream', 'response_format'];

/**
 * A native request as the body of `POST /images/generations`. `width` and `height` together are a `size`. A GPT Image
 * model is not told how to answer: it always answers bytes, which the worker stores where an address was asked for.
 */
export function toImageRequest({ providerModel, request }: ModelCall, dialect: Dialect): Translated<ImageBody> {
  const { width, height, responseFormat } = request;
  const sized = request.size === undefined && width !== undefined && height !== undefined;
  const isGptImage = isGptImageModel(...dialect.namesOf(providerModel));
  const used: (keyof ModelRequest)[] = ['prompt', 'n', 'size', 'quality', 'responseFormat'];
  if (sized) used.push('width', 'height');
  if (!isGptImage) used.push('style');
  const own = ownOptions(request, dialect.kind, GUARDED);
  const options = defined({
    n: request.n,
    size: sized ? `${width}x${height}` : request.size,
    quality: request.quality,
    style: isGptImage ? undefined : request.style,
    response_format: isGptImage || responseFormat === undefined ? undefined : FORMATS[responseFormat],
  });
  // Names of qualities and styles are the vendor's to judge: it has had five sets of them so far.
  const body = {
    model: dialect.wireModel(providerModel),
    prompt: request.prompt ?? '',
    ...options,
    ...own.options,
  } as ImageBody;
  return { body, warnings: [...own.warnings, ...warnOfUnused(request, used)] };
}

const FORMATS = { url: 'url', base64: 'b64_json' } as const;

/** @throws ProviderError `bad_response` unless there is at least one image, each by address or by content. */
export function readImages(raw: unknown, warnings: readonly string[]): ImageReply {
  const data: unknown = isObject(raw) ? raw.data : undefined;
  if (!isObject(raw) || !Array.isArray(data) || data.length === 0) throw noImage();
  const format = raw.output_format;
  const images = data.map((image: unknown) => readImage(image, format));
  const usage = parseUsage(raw.usage);
  return { images, ...(usage && { usage: { ...usage, images: images.length } }), warnings, raw };
}

function readImage(image: unknown, format: unknown): GeneratedImage {
  if (!isObject(image)) throw noImage();
  const { url, b64_json: base64 } = image;
  if (typeof base64 === 'string' && base64 !== '') {
    return { base64, mimeType: mimeTypeOfImage(base64) ?? mimeTypeOfName(format) };
  }
  if (typeof url !== 'string' || !URL.canParse(url)) throw noImage();
  return { url, mimeType: mimeTypeOfName(format ?? /\.(\w+)$/.exec(new URL(url).pathname)?.[1]) };
}

function noImage(): ProviderError {
  return badReply('no image');
}
