import type Anthropic from '@anthropic-ai/sdk';
import { type ContentPart, ProviderError } from '@switchyard/contract';

type TextBlock = Anthropic.TextBlockParam;
export type PartBlock = TextBlock | Anthropic.ImageBlockParam | Anthropic.DocumentBlockParam;
type ImageType = Anthropic.Base64ImageSource['media_type'];

const IMAGE_TYPES: readonly ImageType[] = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];
const DATA_URL = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i;
/** Files that a model reads as text. */
const TEXT_TYPE = /^(?:text\/.+|application\/(?:json|xml|yaml|x-yaml|javascript|.+\+(?:json|xml)))(?:;.*)?$/i;

/** A part of a turn in the dialect. @throws ProviderError `invalid_request` for what it has no block for. */
export function toPartBlock(part: ContentPart, takesImageUrls: boolean): PartBlock {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image_url':
      return toImage(part.image_url.url, takesImageUrls);
    case 'file':
      return toFileBlock(part.file);
    case 'audio':
      throw refusal('This provider takes no audio.');
  }
}

/** The API refuses blocks of text that is nothing but white space. */
export function isBlank(text: string): boolean {
  return text.trim() === '';
}

export function refusal(message: string): ProviderError {
  return new ProviderError('invalid_request', message, { reachedVendor: false });
}

function toImage(url: string, takesImageUrls: boolean): PartBlock {
  const [head, mimeType = ''] = DATA_URL.exec(url) ?? [];
  if (head !== undefined) return toImageBlock(url.slice(head.length), mimeType);
  if (url.startsWith('data:')) throw refusal('An image in a data URL must be in base64: data:image/png;base64,….');
  if (takesImageUrls) return { type: 'image', source: { type: 'url', url } };
  throw refusal('This provider takes images as data URLs only: data:image/png;base64,….');
}

function toImageBlock(data: string, mimeType: string): PartBlock {
  const known = mimeType.toLowerCase() === 'image/jpg' ? 'image/jpeg' : mimeType.toLowerCase();
  const type = IMAGE_TYPES.find((one) => one === known);
  if (type) return { type: 'image', source: { type: 'base64', media_type: type, data } };
  throw refusal(`This provider takes images as JPEG, PNG, GIF or WebP, not as ${mimeType || 'data without a type'}.`);
}

function toFileBlock({ data, mimeType, filename }: Extract<ContentPart, { type: 'file' }>['file']): PartBlock {
  const title = filename === undefined ? {} : { title: filename };
  if (mimeType === 'application/pdf') {
    return { type: 'document', source: { type: 'base64', media_type: mimeType, data }, ...title };
  }
  if (mimeType.startsWith('image/')) return toImageBlock(data, mimeType);
  if (TEXT_TYPE.test(mimeType)) {
    const text = Buffer.from(data, 'base64').toString('utf8');
    return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...title };
  }
  throw refusal(`This provider takes files of text, PDF or images, not of type ${mimeType}.`);
}
