import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Dtype, type ModelSource } from './protocol.js';

/** What the file of a model's weights is called for each dtype, as Transformers.js looks for it. */
const SUFFIX_OF_DTYPE: Readonly<Record<Dtype, string>> = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  bnb4: '_bnb4',
  q4f16: '_q4f16',
  q2: '_q2',
  q2f16: '_q2f16',
  q1: '_q1',
  q1f16: '_q1f16',
};

/** `model_quantized.onnx` */
export function weightsFile(dtype: Dtype, base = 'model'): string {
  return `${base}${SUFFIX_OF_DTYPE[dtype]}.onnx`;
}

/** Bytes of a model's weights on disk, those in files beside it included; 0 where it is not there yet. */
export function weightBytes({ place, subfolder, fromHub, dtype }: ModelSource, modelsDirectory: string): number {
  const folder = join(fromHub ? join(modelsDirectory, place) : place, subfolder);
  const bases = ['model', 'encoder_model', 'decoder_model_merged'].map((base) => weightsFile(dtype, base));
  return filesOf(folder)
    .filter((file) => bases.some((base) => file === base || file.startsWith(`${base}_data`)))
    .reduce((sum, file) => sum + (statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0), 0);
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
