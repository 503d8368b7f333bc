import { digestOf } from '../content/seed.js';
import type { JsonRecord } from '../content/record.js';
import type { Answer, Answerer } from '../exchange/dialect.js';
import { Refusal } from '../refusal.js';
import { readModel } from './chat-request.js';
import { fullName, type ModelStore, type StoredModel } from './model-store.js';
import { absent, JSON_LINES, line } from './ollama-dialect.js';

const MODIFIED = '2026-11-21T00:00:00Z';
const LAYERS = [4_000_000_000, 1_500, 400];
/** Reports of each layer on its way. */
const STEPS = 10;
/** What a server can make of a model in full precision. */
const QUANTIZATIONS = ['Q4_K_M', 'Q4_K_S', 'Q8_0', 'F16', 'F32'];
const FULL_PRECISION = ['F16', 'F32', 'BF16'];

function detailsOf({ level }: StoredModel): JsonRecord {
  return {
    parent_model: '',
    format: 'gguf',
    family: 'llama',
    families: ['llama'],
    parameter_size: '8.0B',
    quantization_level: level,
  };
}

function digest(...texts: readonly string[]): string {
  return digestOf(...texts).toString('hex');
}

/** Answers `GET /api/tags`. */
export function answerTags(store: ModelStore): Answer {
  const models = store.list().map((model) => ({
    name: model.name,
    model: model.name,
    modified_at: MODIFIED,
    size: LAYERS[0],
    digest: digest(model.name),
    details: detailsOf(model),
  }));
  return { kind: 'json', body: { models } };
}

/** Answers `POST /api/show`. @throws Refusal */
export function answerShow(store: ModelStore): Answerer {
  return (body) => {
    const name = readModel(body);
    const model = store.find(name);
    if (!model) throw absent(name);
    const info = { 'general.architecture': 'llama', 'llama.context_length': 8_192 };
    return {
      kind: 'json',
      body: { modelfile: '', template: '', details: detailsOf(model), model_info: info, capabilities: ['completion'] },
    };
  };
}

/** Answers `POST /api/pull`, with progress unless it is not asked for. Every model can be pulled. @throws Refusal */
export function answerPull(store: ModelStore): Answerer {
  return (body) => {
    const name = readModel(body);
    return withProgress(body, 'pull model manifest: file does not exist', function* () {
      yield { status: 'pulling manifest' };
      for (const [index, total] of LAYERS.entries()) {
        const layer = digest(name, String(index));
        for (let step = 0; step <= STEPS; step += 1) {
          const completed = Math.floor((total * step) / STEPS);
          yield { status: `pulling ${layer.slice(0, 12)}`, digest: `sha256:${layer}`, total, completed };
        }
      }
      yield { status: 'verifying sha256 digest' };
      yield { status: 'writing manifest' };
      store.add(name);
      yield { status: 'success' };
    });
  };
}

/** Answers `POST /api/create`: a model from another, in another precision where it asks for one. @throws Refusal */
export function answerCreate(store: ModelStore): Answerer {
  return (body) => {
    const name = readModel(body);
    const { from } = body;
    if (typeof from !== 'string') throw new Refusal(400, "neither 'from' or 'files' was specified");
    const base = store.find(from);
    if (!base) throw absent(from);
    const level = levelOf(body, base);
    return withProgress(body, 'an error was encountered while creating the model', function* () {
      if (level !== base.level) yield { status: `quantizing ${base.level} model to ${level}` };
      yield { status: `creating new layer sha256:${digest(fullName(name))}` };
      yield { status: 'writing manifest' };
      store.add(name, level);
      yield { status: 'success' };
    });
  };
}

function levelOf({ quantize }: JsonRecord, base: StoredModel): string {
  const wanted = typeof quantize === 'string' ? quantize.toUpperCase() : '';
  if (wanted === '') return base.level;
  const level = QUANTIZATIONS.find((one) => one === wanted);
  if (level === undefined) throw new Refusal(400, `unsupported quantization type ${wanted}`);
  if (!FULL_PRECISION.includes(base.level)) {
    throw new Refusal(400, 'quantization is only supported for F16 and F32 models');
  }
  return level;
}

function withProgress(body: JsonRecord, failure: string, work: () => Iterable<JsonRecord>): Answer {
  if (body['stream'] !== false) {
    const frames = (function* () {
      for (const report of work()) yield line(report);
    })();
    return { kind: 'events', contentType: JSON_LINES, frames, failure: line({ error: failure }) };
  }
  return { kind: 'json', body: [...work()].at(-1) };
}
