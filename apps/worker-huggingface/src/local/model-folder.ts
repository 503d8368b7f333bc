import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { weightsFile } from '../engine/model-files.js';
import { type Dtype } from '../engine/protocol.js';
import { ModelFault } from './model-fault.js';

/** A folder that can be run. */
export interface ModelFolder {
  readonly place: string;
  readonly subfolder: string;
  readonly dtype: Dtype;
}

/** What models are run by besides their weights. */
const NEEDED = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
/** Weights that only the framework which trained them can run. */
const FOREIGN = /\.(safetensors|pth|pt|bin|ckpt|h5|msgpack|gguf)$/;
const SUBFOLDERS = ['onnx', ''];
/** A text-to-text model has two files instead of one. */
const BASES = ['model', 'decoder_model_merged'];

/**
 * Looks at a model's folder as far as that can be done without loading it.
 * @param dtypes What the weights may be stored as, the first that is there counts.
 * @param setting The setting that asks for these dtypes, for the message.
 * @throws ModelFault
 */
export function readModelFolder(place: string, dtypes: readonly Dtype[], setting: string): ModelFolder {
  if (!statSync(place).isDirectory()) throw new ModelFault(`${place} is a file; name the folder that it stands in.`);
  const subfolder = SUBFOLDERS.find((name) => filesOf(join(place, name)).some((file) => file.endsWith('.onnx')));
  if (subfolder === undefined) throw new ModelFault(withoutOnnx(place));
  const files = filesOf(join(place, subfolder));
  const missing = NEEDED.filter((file) => !existsSync(join(place, file)));
  if (missing.length > 0) {
    throw new ModelFault(`${place} lacks ${missing.join(', ')}; copy it from where the model came from.`);
  }
  const dtype = dtypes.find((each) => BASES.some((base) => files.includes(weightsFile(each, base))));
  if (dtype === undefined) {
    const wanted = dtypes.map((each) => weightsFile(each)).join(' or ');
    const there = files.filter((file) => file.endsWith('.onnx')).join(', ');
    throw new ModelFault(
      `${setting} needs ${wanted} in ${join(place, subfolder)}, which has ${there}; ` +
        `export it with scripts/export-onnx.py --dtype, or change ${setting}.`,
    );
  }
  return { place, subfolder, dtype };
}

function withoutOnnx(place: string): string {
  const foreign = filesOf(place).filter((file) => FOREIGN.test(file));
  if (foreign.length === 0) return `${place} is no model: it holds no .onnx file, neither itself nor in onnx/.`;
  return (
    `${place} holds ${foreign.join(', ')} and no .onnx file, which is what runs here. ` +
    `Export it with \`python scripts/export-onnx.py ${place}\`.`
  );
}

function filesOf(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
