import type { ContentPart, ModelRequest } from '@switchyard/contract';

type Audio = Extract<ContentPart, { type: 'audio' }>['audio'];
type File = Extract<ContentPart, { type: 'file' }>['file'];

/** Tokens that a part which is no text comes to. */
export interface MediaTokens {
  /** Never fewer than a vendor counts. Infinite where bytes bound nothing, so that only the model's window does. */
  readonly most: number;
  /** As vendors count what is usual. */
  readonly likely: number;
}

/**
 * The most that a vendor publishes is Gemini's 32 (https://ai.google.dev/gemini-api/docs/audio); OpenAI counts 10, one
 * for each 100 ms (https://developers.openai.com/api/docs/guides/realtime-costs). Servers of one's own run encoders of
 * up to 50 frames a second.
 */
const MOST_TOKENS_PER_SECOND = 50;
const LIKELY_TOKENS_PER_SECOND = 32;
/** MPEG audio knows no bitrate under 8 kbit/s; the other codecs write silence in next to no bytes. */
const LEAST_MP3_BYTES_PER_SECOND = 1_000;
/** Speech at 64 kbit/s. */
const LIKELY_BYTES_PER_SECOND = 8_000;

/**
 * A page of a document that is read as text and as a picture takes 1,500 to 3,000 tokens
 * (https://platform.claude.com/docs/en/build-with-claude/pdf-support), and pages of usual documents 50 kB.
 */
const LIKELY_TOKENS_PER_PAGE = 2_500;
const LIKELY_BYTES_PER_PAGE = 50_000;
const LIKELY_BYTES_PER_TEXT_TOKEN = 4;

/** Where the header of a WAV file ends at the latest, in characters of base64. */
const HEADER_LENGTH = 8_192;
/** Formats of samples that all have the same size: integers, floats, A-law, µ-law, and those told in an extension. */
const PLAIN_FORMATS = [1, 3, 6, 7, 0xfffe];

/** The dearest published image: gpt-image-1, 1024x1536 at high quality, takes 6,208 tokens; larger ones in proportion. */
const TOKENS_PER_IMAGE_MADE = 6_208;
const PIXELS_OF_THAT = 1_024 * 1_536;

/** Tokens that images which are made come to at most, where they are paid by tokens. */
export function tokensOfPictures(count: number, { size = '', width = 0, height = 0 }: ModelRequest): number {
  const [across = 0, down = 0] = /^\d+x\d+$/.test(size) ? size.split('x').map(Number) : [width, height];
  return count * Math.ceil(TOKENS_PER_IMAGE_MADE * Math.max(1, (across * down) / PIXELS_OF_THAT));
}

/** What a recording comes to: by its length where its bytes say that, else only likely. */
export function audioTokens({ data, format }: Audio): MediaTokens {
  const bytes = bytesOfBase64(data);
  const perSecond = format === 'wav' ? wavBytesPerSecond(data) : undefined;
  const least = format === 'mp3' ? LEAST_MP3_BYTES_PER_SECOND : perSecond;
  const likely = Math.ceil((bytes / (perSecond ?? LIKELY_BYTES_PER_SECOND)) * LIKELY_TOKENS_PER_SECOND);
  return { most: least === undefined ? Infinity : Math.ceil((bytes / least) * MOST_TOKENS_PER_SECOND), likely };
}

/** What a document comes to. A page may be compressed to any number of bytes, so only plain text is bounded by them. */
export function fileTokens({ data, mimeType }: File): MediaTokens {
  const bytes = bytesOfBase64(data);
  if (mimeType.startsWith('text/')) return { most: bytes, likely: Math.ceil(bytes / LIKELY_BYTES_PER_TEXT_TOKEN) };
  return { most: Infinity, likely: Math.ceil(bytes / LIKELY_BYTES_PER_PAGE) * LIKELY_TOKENS_PER_PAGE };
}

/** Without decoding it: four characters stand for three bytes. */
function bytesOfBase64(data: string): number {
  return Math.ceil(data.length / 4) * 3;
}

/** @returns undefined where the header says nothing of the kind, or the samples are compressed */
function wavBytesPerSecond(data: string): number | undefined {
  const header = Buffer.from(data.slice(0, HEADER_LENGTH), 'base64');
  const at = header.indexOf('fmt ');
  if (header.toString('latin1', 0, 4) !== 'RIFF' || at < 0 || header.length < at + 24) return undefined;
  if (!PLAIN_FORMATS.includes(header.readUInt16LE(at + 8))) return undefined;
  const channels = header.readUInt16LE(at + 10);
  const samplesPerSecond = header.readUInt32LE(at + 12);
  const bytesPerSample = Math.ceil(header.readUInt16LE(at + 22) / 8);
  return channels * samplesPerSecond * bytesPerSample || undefined;
}
