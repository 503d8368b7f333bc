import { isObject } from '@switchyard/provider-kit';
import { type Dtype, DTYPES, type ModelSource } from '../engine/protocol.js';
import { readModelFolder } from './model-folder.js';
import { candidateFolders, findFolder, type ModelPlaces } from './model-places.js';
import { ModelFault } from './model-fault.js';

/** What the configuration says of a local model, read. */
export interface ModelEntry {
  readonly source: Omit<ModelSource, 'purpose'>;
  /** Tokens of one text of an embedding. Default 512. */
  readonly maxLength: number;
  /** Whether vectors get the length 1. Default false. */
  readonly normalize: boolean;
  /** Milliseconds; absent: as the provider says. */
  readonly keepLoadedMs?: number;
  /** Texts that go through the model at once (`batching.maxSize`). Default 64, or 1 where others would change a vector. */
  readonly batchSize: number;
}

/** Further keys of the entry in the file. */
type Options = Readonly<Record<string, unknown>>;

/** What each number of bits can mean, in the order in which it is looked for. */
const DTYPES_OF_BITS: ReadonlyMap<unknown, readonly Dtype[]> = new Map([
  [16, ['fp16']],
  [8, ['q8', 'int8', 'uint8']],
  [4, ['q4', 'q4f16', 'bnb4']],
]);
const DEVICES = ['auto', 'cpu', 'cuda'] as const;
const MAX_LENGTH = 512;
const BATCH_SIZE = 64;
/** Weights that are computed with in float32: a vector is the same whatever is beside it. */
const EXACT_IN_BATCHES: ReadonlySet<Dtype> = new Set(['fp32', 'q4', 'bnb4', 'q2', 'q1']);

/**
 * Reads the entry of a local model, and looks whether its folder can be run.
 * @param hubId What the model is called where it has no folder.
 * @throws ModelFault that says what is wrong and how to mend it.
 */
export function readModelEntry(hubId: string, options: Options, places: ModelPlaces): ModelEntry {
  const { modelPath, device = 'auto', maxLength, normalize, keepLoadedMs, batching } = options;
  const knownDevice = DEVICES.find((each) => each === device);
  if (!knownDevice) throw new ModelFault(`device must be one of: ${DEVICES.join(', ')}.`);
  const { dtypes, setting } = readDtypes(options);
  const files =
    typeof modelPath === 'string'
      ? { ...readModelFolder(folderOf(modelPath, places), dtypes, setting), fromHub: false }
      : { place: hubId, subfolder: 'onnx', dtype: dtypes[0] ?? 'fp32', fromHub: true };
  const keep = countOf(keepLoadedMs);
  const given = isObject(batching) ? countOf(batching.maxSize) : undefined;
  return {
    source: { ...files, device: knownDevice },
    maxLength: countOf(maxLength) ?? MAX_LENGTH,
    normalize: normalize === true,
    batchSize: given ?? (EXACT_IN_BATCHES.has(files.dtype) ? BATCH_SIZE : 1),
    ...(keep !== undefined && { keepLoadedMs: keep }),
  };
}

function folderOf(modelPath: string, places: ModelPlaces): string {
  const found = findFolder(modelPath, places);
  if (found !== undefined) return found;
  const tried = candidateFolders(modelPath, places).join(', ');
  throw new ModelFault(`modelPath ${modelPath} is not there (looked for: ${tried}). Put the model's folder there.`);
}

/** What the weights may be stored as, and the setting that says so. */
function readDtypes(options: Options): { readonly dtypes: readonly Dtype[]; readonly setting: string } {
  const { quantization } = options;
  const dtype = typeof options['dtype'] === 'string' ? options['dtype'] : 'auto';
  if (isObject(quantization)) {
    const setting = `quantization.bits ${String(quantization.bits)}`;
    const dtypes = DTYPES_OF_BITS.get(quantization.bits);
    if (!dtypes) throw new ModelFault(`${setting} is no dtype of ONNX; use ${[...DTYPES_OF_BITS.keys()].join(', ')}.`);
    if (dtype === 'auto') return { dtypes, setting };
    const same = dtypes.filter((each) => each === dtype);
    if (same.length > 0) return { dtypes: same, setting: `dtype ${dtype}` };
    throw new ModelFault(`${setting} and dtype ${dtype} are not the same; leave one of them out.`);
  }
  if (dtype === 'auto') return { dtypes: ['fp32'], setting: 'dtype fp32, the default,' };
  const known = DTYPES.find((each) => each === dtype);
  if (!known) throw new ModelFault(`dtype ${dtype} is unknown; use one of: ${DTYPES.join(', ')}.`);
  return { dtypes: [known], setting: `dtype ${known}` };
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}
