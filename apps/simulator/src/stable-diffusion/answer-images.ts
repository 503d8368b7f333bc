import { drawImage } from '../content/draw-image.js';
import { isRecord, type JsonRecord } from '../content/record.js';
import { digestOf } from '../content/seed.js';
import type { Answer } from '../exchange/dialect.js';
import { isDrawable } from '../images/image-name.js';
import { Refusal } from '../refusal.js';

const CHECKPOINTS = ['sim-diffusion', 'sim-diffusion-xl'];
const FOLDER = '/srv/stable-diffusion-webui/models/Stable-diffusion';
const STANDARD_SIDE = 512;
const MOST_IMAGES = 16;
const SAMPLERS = ['Euler', 'Euler a', 'DPM++ 2M', 'DDIM'];

function readWhole(body: JsonRecord, name: string, otherwise: number): number {
  const value = body[name] ?? otherwise;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new Refusal(422, `body.${name}: Input should be a valid integer`);
}

function readText(body: JsonRecord, name: string): string {
  const value = body[name] ?? '';
  if (typeof value === 'string') return value;
  throw new Refusal(422, `body.${name}: Input should be a valid string`);
}

function readSampler(body: JsonRecord): string {
  const name = body['sampler_name'] ?? body['sampler_index'] ?? SAMPLERS[0];
  const sampler = SAMPLERS.find((one) => one === name);
  if (sampler === undefined) throw new Refusal(400, 'Sampler not found');
  return sampler;
}

/** Any name is a checkpoint here; without one it is the first. */
function readCheckpoint({ override_settings: settings }: JsonRecord): string {
  const asked = isRecord(settings) ? settings['sd_model_checkpoint'] : undefined;
  if (typeof asked !== 'string' || asked === '') return CHECKPOINTS[0] ?? '';
  return asked.replace(/ \[[0-9a-f]+\]$/, '').replace(/^.*[/\\]|\.(?:safetensors|ckpt)$/g, '');
}

/** Answers `POST /sdapi/v1/txt2img`. @throws Refusal */
export function answerImages(body: JsonRecord): Answer {
  const prompt = readText(body, 'prompt');
  const negative = readText(body, 'negative_prompt');
  const width = readWhole(body, 'width', STANDARD_SIDE);
  const height = readWhole(body, 'height', STANDARD_SIDE);
  const count = readWhole(body, 'batch_size', 1) * readWhole(body, 'n_iter', 1);
  if (!isDrawable(width, height)) throw new Refusal(422, 'body.width, body.height: from 1 to 2048');
  if (count < 1 || count > MOST_IMAGES) throw new Refusal(422, `body.batch_size: from 1 to ${MOST_IMAGES}`);
  const checkpoint = readCheckpoint(body);
  const sampler = readSampler(body);
  const steps = readWhole(body, 'steps', 20);
  const given = readWhole(body, 'seed', -1);
  const first = given < 0 ? digestOf(prompt).readUInt32LE(0) : given;
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  const images = seeds.map((seed) => {
    const drawn = digestOf(checkpoint, prompt, negative, String(seed)).readUInt32LE(0);
    return drawImage(width, height, drawn).toString('base64');
  });
  const info = {
    prompt,
    all_seeds: seeds,
    seed: first,
    width,
    height,
    sampler_name: sampler,
    steps,
    sd_model_name: checkpoint,
    sd_model_hash: null,
    index_of_first_image: 0,
  };
  return { kind: 'json', body: { images, parameters: body, info: JSON.stringify(info) } };
}

/** Answers `GET /sdapi/v1/sd-models`. */
export function answerCheckpoints(): Answer {
  const body = CHECKPOINTS.map((name) => ({
    title: `${name}.safetensors`,
    model_name: name,
    hash: null,
    sha256: null,
    filename: `${FOLDER}/${name}.safetensors`,
    config: null,
  }));
  return { kind: 'json', body };
}
