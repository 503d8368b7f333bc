import { type ModelCall, type ModelSettings } from '@switchyard/contract';

/** A model in another precision, which a server makes from the model itself. */
export interface Variant {
  /** As the server calls it. */
  readonly name: string;
  /** What it is made from. */
  readonly from: string;
  /** The server's word for the precision. */
  readonly quantize: Precision;
}

type Precision = (typeof PRECISIONS)[keyof typeof PRECISIONS]['quantize'];

/** What each number of bits means to Ollama, and how the names of its library end for it. */
const PRECISIONS = {
  4: { quantize: 'q4_K_M', suffix: 'q4_K_M' },
  8: { quantize: 'q8_0', suffix: 'q8_0' },
  16: { quantize: 'f16', suffix: 'fp16' },
} as const;

/** Tags of models that were quantized before; Ollama makes variants only from those in full precision. */
const QUANTIZED_TAG = /(?:^|[-_])(?:i?q[1-8](?:_[0-9a-z]+)*|mxfp4|nvfp4)$/i;
const FULL_PRECISION_SUFFIX = /-?(?:fp?16|bf16|fp?32)$/i;

/** The name of the model that serves a call: its variant where the model's entry asks for one. */
export function servedModel({ providerModel, options }: Pick<ModelCall, 'providerModel' | 'options'>): string {
  return variantOf(providerModel, options)?.name ?? providerModel;
}

/** The variant that a model's entry asks for by `quantization`. @returns undefined where it asks for none. */
export function variantOf(providerModel: string, options: ModelCall['options']): Variant | undefined {
  const bits = bitsOf(options);
  if (bits === undefined) return undefined;
  const { quantize, suffix } = PRECISIONS[bits];
  const { base, tag } = splitName(providerModel);
  const stem = (tag === 'latest' ? '' : tag).replace(FULL_PRECISION_SUFFIX, '');
  return { name: `${base}:${stem === '' ? suffix : `${stem}-${suffix}`}`, from: providerModel, quantize };
}

/** @throws Error that names the model whose `quantization` cannot be had. */
export function checkQuantization(model: ModelSettings): void {
  if (model.options?.quantization === undefined) return;
  if (bitsOf(model.options) === undefined) {
    throw new Error(`models.${model.id}.quantization has no variant in Ollama; give bits: 4, 8 or 16.`);
  }
  const quantized = namesOf(model).find((name) => QUANTIZED_TAG.test(splitName(name).tag));
  if (quantized === undefined) return;
  throw new Error(
    `models.${model.id}.quantization has no variant: ${quantized} is quantized already; name one in full precision as ` +
      'its providerModel, such as one whose tag ends in fp16.',
  );
}

/** Every name under which a server knows a model: that of its entry and those of its versions. */
export function namesOf({ provider, providerModel, versions }: ModelSettings): readonly string[] {
  const others = Object.values(versions).filter((version) => (version.provider ?? provider) === provider);
  return [...new Set([providerModel, ...others.map((version) => version.providerModel ?? providerModel)])];
}

function bitsOf(options: ModelCall['options']): keyof typeof PRECISIONS | undefined {
  const quantization: unknown = options?.quantization;
  const bits: unknown =
    typeof quantization === 'object' && quantization !== null && 'bits' in quantization ? quantization.bits : undefined;
  return bits === 4 || bits === 8 || bits === 16 ? bits : undefined;
}

/** A name without a tag means its `latest`. A colon before a slash belongs to the registry's port. */
function splitName(name: string): { readonly base: string; readonly tag: string } {
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  return colon < 0 ? { base: name, tag: 'latest' } : { base: name.slice(0, colon), tag: name.slice(colon + 1) };
}
