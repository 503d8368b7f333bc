import { type ModelCall, type ModelRequest, ProviderError } from '@switchyard/contract';
import { defined, ownOptions, type Translated, warnOfUnused } from '@switchyard/provider-kit';

/** The body of `POST /sdapi/v1/txt2img`, as far as the gateway sets it. */
interface ImageBody {
  readonly prompt: string;
  readonly override_settings: { readonly sd_model_checkpoint: string };
  readonly [field: string]: unknown;
}

const USED = [
  'prompt',
  'negativePrompt',
  'size',
  'width',
  'height',
  'numInferenceSteps',
  'seed',
  'n',
  // The server always answers bytes, which the worker stores where an address was asked for.
  'responseFormat',
] as const satisfies readonly (keyof ModelRequest)[];

/** Model, content, count and size, which decide the price; and what would have the server keep files or change itself. */
const GUARDED = [
  'prompt',
  'negative_prompt',
  'width',
  'height',
  'batch_size',
  'n_iter',
  'enable_hr',
  'refiner_checkpoint',
  'override_settings',
  'override_settings_restore_afterwards',
  'save_images',
  'send_images',
  'do_not_save_grid',
  'do_not_save_samples',
];

/** The sides of an image are multiples of so many pixels. */
const SIDE_STEP = 8;

/**
 * A native request as the body of `POST /sdapi/v1/txt2img`. The checkpoint is the model's `modelPath`, else the server's
 * own name of the model; it stays loaded, or each request would load two.
 * @throws ProviderError `invalid_request` for a size that is none.
 */
export function toImageRequest({ providerModel, request, options }: ModelCall): Translated<ImageBody> {
  const own = ownOptions(request, 'stable_diffusion', GUARDED);
  const { width, height, warnings } = sidesOf(request);
  const modelPath = options?.modelPath;
  const body: ImageBody = {
    prompt: request.prompt ?? '',
    ...defined({
      negative_prompt: request.negativePrompt,
      width,
      height,
      steps: request.numInferenceSteps,
      seed: request.seed,
      batch_size: request.n,
    }),
    override_settings: { sd_model_checkpoint: typeof modelPath === 'string' ? modelPath : providerModel },
    override_settings_restore_afterwards: false,
    save_images: false,
    ...own.options,
  };
  return { body, warnings: [...warnings, ...own.warnings, ...warnOfUnused(request, USED)] };
}

interface Sides {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly warnings: readonly string[];
}

/** What a request says of one side wins over its `size`; what neither says, the server chooses. */
function sidesOf({ size, width, height }: ModelRequest): Sides {
  const sized = size === undefined || size === 'auto' ? undefined : /^(\d+)x(\d+)$/.exec(size);
  if (sized === null) {
    throw new ProviderError('invalid_request', 'request.size is no size; write it like 512x768.', {
      reachedVendor: false,
    });
  }
  const given = { width: width ?? numberOf(sized?.[1]), height: height ?? numberOf(sized?.[2]) };
  const sides = { width: fitSide(given.width), height: fitSide(given.height) };
  const changed = (['width', 'height'] as const).filter((side) => sides[side] !== given[side]);
  const warnings = changed.map(
    (side) => `${side} was ${given[side]}, and is ${sides[side]}: a multiple of ${SIDE_STEP}.`,
  );
  return { ...sides, warnings };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function fitSide(pixels: number | undefined): number | undefined {
  return pixels === undefined ? undefined : Math.max(SIDE_STEP, pixels - (pixels % SIDE_STEP));
}
