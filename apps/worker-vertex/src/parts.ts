import { type Part } from '@google/genai/web';
import { type ContentPart, ProviderError } from '@switchyard/contract';

/** What images at an address are, by the end of its path. */
const IMAGE_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  heic: 'image/heic',
  heif: 'image/heif',
  gif: 'image/gif',
};

const DATA_URL = /^data:(?<mimeType>[\w.+-]+\/[\w.+-]+)(?:;[\w-]+=[^;,]*)*;base64,/i;

/** A part of a user's turn. @throws ProviderError `invalid_request` for an image that cannot be told what it is. */
export function toPart(part: ContentPart): Part {
  switch (part.type) {
    case 'text':
      return { text: part.text };
    case 'image_url':
      return toImage(part.image_url.url);
    case 'audio':
      return { inlineData: { mimeType: `audio/${part.audio.format}`, data: part.audio.data } };
    case 'file':
      return { inlineData: { mimeType: part.file.mimeType, data: part.file.data } };
  }
}

function toImage(url: string): Part {
  const head = DATA_URL.exec(url);
  if (head?.groups?.['mimeType'] !== undefined) {
    return { inlineData: { mimeType: head.groups['mimeType'], data: url.slice(head[0].length) } };
  }
  if (/^data:/i.test(url)) throw unclear('An image is a data URL that is not base64; encode it as base64.');
  const path = URL.parse(url)?.pathname ?? '';
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  const mimeType = Object.hasOwn(IMAGE_TYPES, ending) ? IMAGE_TYPES[ending] : undefined;
  if (mimeType !== undefined) return { fileData: { fileUri: url, mimeType } };
  const endings = Object.keys(IMAGE_TYPES).join(', ');
  throw unclear(
    `This provider must be told what an image is, and the path of its address does not end in one of ${endings}; send it as a data URL.`,
  );
}

function unclear(message: string): ProviderError {
  return new ProviderError('invalid_request', message, { reachedVendor: false });
}
