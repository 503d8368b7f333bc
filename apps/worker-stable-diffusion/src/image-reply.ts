import { type GeneratedImage, type ImageReply } from '@switchyard/contract';
import { badReply, isObject, type JsonObject, parseJson, mimeTypeOfImage } from '@switchyard/provider-kit';
import { stemOf } from './checkpoints.js';

const DATA_URL = /^data:[^,]*;base64,/;

/**
 * Reads the answer of `POST /sdapi/v1/txt2img`. A server that does not have the checkpoint takes another without a word:
 * a warning says so.
 * @param checkpoint what was asked for.
 * @throws ProviderError `bad_response` unless there is at least one image.
 */
export function readImages(raw: unknown, checkpoint: string, warnings: readonly string[]): ImageReply {
  const given: unknown = isObject(raw) ? raw.images : undefined;
  if (!isObject(raw) || !Array.isArray(given)) throw badReply('no list of images');
  const info = readInfo(raw.info);
  // Before them may come a grid of all, behind them what extensions have drawn.
  const first = typeof info.index_of_first_image === 'number' ? info.index_of_first_image : 0;
  const count = Array.isArray(info.all_seeds) ? info.all_seeds.length : given.length;
  const images = given.slice(first, first + count).map(readImage);
  if (images.length === 0) throw badReply('no image');
  return { images, warnings: [...warnings, ...warnOfCheckpoint(info, checkpoint)], raw };
}

function readImage(image: unknown): GeneratedImage {
  if (typeof image !== 'string' || image === '') throw badReply('an image that is none');
  const base64 = image.replace(DATA_URL, '');
  return { base64, mimeType: mimeTypeOfImage(base64) ?? 'image/png' };
}

/** What the server says of its work is JSON in a text. */
function readInfo(info: unknown): JsonObject {
  const parsed = typeof info === 'string' ? parseJson(info) : info;
  return isObject(parsed) ? parsed : {};
}

function warnOfCheckpoint({ sd_model_name: used, sd_model_hash: hash }: JsonObject, checkpoint: string): string[] {
  if (typeof used !== 'string' || used === stemOf(checkpoint) || hash === checkpoint) return [];
  return [`The server has no checkpoint ${checkpoint} and used ${used}; name one of its own as the model’s modelPath.`];
}
