import { countTokens } from '../content/count-tokens.js';
import { drawImage } from '../content/draw-image.js';
import type { JsonRecord } from '../content/record.js';
import { reportUsage } from '../content/report-usage.js';
import type { Answer, AnswerContext } from '../exchange/dialect.js';
import { formatImageName, imageOf, isDrawable } from '../images/image-name.js';
import { Refusal } from '../refusal.js';
import { invalid, missing, readWhole, readWord } from './read-fields.js';

const STANDARD_SIZE = '1024x1024';
const MOST_IMAGES = 10;
/** A token for each square of so many pixels. */
const PIXELS_PER_TOKEN = 4_096;

/** GPT Image models answer bytes, whatever is asked for. */
const ALWAYS_BYTES = /^(?:chat)?gpt-image/;

function refuseUnknown(name: string): never {
  throw new Refusal(400, `Unknown parameter: '${name}'.`, { param: name, code: 'unknown_parameter' });
}

function readSize(body: JsonRecord): { width: number; height: number } {
  const size = body['size'] ?? 'auto';
  const text = typeof size === 'string' ? size : '';
  const match = /^(\d{1,4})x(\d{1,4})$/.exec(text === 'auto' ? STANDARD_SIZE : text);
  const width = Number(match?.[1] ?? 0);
  const height = Number(match?.[2] ?? 0);
  return isDrawable(width, height) ? { width, height } : invalid('size', 'WIDTHxHEIGHT, each from 1 to 2048');
}

/** Answers `POST /v1/images/generations`. @throws Refusal */
export function answerImages(body: JsonRecord, { steering, origin }: AnswerContext): Answer {
  const prompt = body['prompt'];
  if (prompt === undefined) missing('prompt');
  if (typeof prompt !== 'string' || prompt === '') return invalid('prompt', 'a text that is not empty');
  const count = readWhole(body, 'n', 1, MOST_IMAGES) ?? 1;
  const { width, height } = readSize(body);
  const answersBytes = typeof body['model'] === 'string' && ALWAYS_BYTES.test(body['model']);
  if (answersBytes && body['response_format'] !== undefined) refuseUnknown('response_format');
  const format = answersBytes ? 'b64_json' : readWord(body, 'response_format', ['url', 'b64_json']);
  const data = Array.from({ length: count }, (_, index) => {
    const image = imageOf(prompt, index, width, height);
    return format === 'url'
      ? { url: `${origin}/images/${formatImageName(image)}` }
      : { b64_json: drawImage(width, height, image.seed).toString('base64') };
  });
  const input = countTokens(prompt);
  const output = count * Math.ceil((width * height) / PIXELS_PER_TOKEN);
  const usage = reportUsage(steering.usage, {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
  });
  const created = Math.floor(Date.now() / 1_000);
  return { kind: 'json', body: { created, ...(answersBytes && { output_format: 'png' }), data, usage } };
}
