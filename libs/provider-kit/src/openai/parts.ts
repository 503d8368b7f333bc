import { type AudioFormat, type ContentPart, ProviderError } from '@switchyard/contract';
import type OpenAI from 'openai';

type ChatPart = OpenAI.ChatCompletionContentPart;
type ChatAudioFormat = OpenAI.ChatCompletionContentPartInputAudio.InputAudio['format'];

const AUDIO: Partial<Record<AudioFormat, ChatAudioFormat>> = { wav: 'wav', mp3: 'mp3' };

const WORDS: Readonly<Record<ContentPart['type'], string>> = {
  text: 'text',
  image_url: 'images',
  audio: 'audio',
  file: 'files',
};

/**
 * A part of a user's turn in the dialect.
 * @param taken what the server takes. Default all.
 * @throws ProviderError `invalid_request` for a part that it does not take, and for audio in a format that it does not know.
 */
export function toPart(part: ContentPart, taken?: readonly ContentPart['type'][]): ChatPart {
  if (taken?.includes(part.type) === false) {
    throw new ProviderError('invalid_request', `This provider takes no ${WORDS[part.type]}.`, { reachedVendor: false });
  }
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image_url':
      return { type: 'image_url', image_url: { ...part.image_url } };
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.audio.data, format: audioFormat(part.audio.format) } };
    case 'file': {
      const { data, mimeType, filename } = part.file;
      const file = { file_data: `data:${mimeType};base64,${data}`, filename: filename ?? 'document' };
      return { type: 'file', file };
    }
  }
}

function audioFormat(given: AudioFormat): ChatAudioFormat {
  const format = AUDIO[given];
  if (format) return format;
  throw new ProviderError('invalid_request', `This provider takes audio as wav or mp3, not as ${given}.`, {
    reachedVendor: false,
  });
}
