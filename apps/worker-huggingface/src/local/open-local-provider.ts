import { type Capability, type ModelSettings, type Provider, type ProviderSettings } from '@switchyard/contract';
import { isObject } from '@switchyard/provider-kit';
import { Engine } from '../engine/engine.js';
import { LocalProvider } from './local-provider.js';
import { type ModelEntry, readModelEntry } from './model-entry.js';
import { ModelFault } from './model-fault.js';
import { type ModelPlaces } from './model-places.js';

/** What a provider of local models gets from the process that it is in. */
export interface LocalSurroundings {
  readonly places: ModelPlaces;
  /** The built `engine/thread.js`. */
  readonly threadFile: URL;
}

const CAN: readonly Capability[] = ['generation', 'code', 'embedding'];
const HUB = 'https://huggingface.co';
const MAX_BYTES = 4 * 1024 ** 3;
const IDLE_MS = 600_000;
/** Finding a GPU takes about a second; a driver that hangs shall not hold the start for ever. */
const PROBE_MS = 30_000;

/**
 * Opens a provider whose models run in this process. No model is loaded yet, but each is looked at.
 * @throws Error that names every model which cannot be run, why, and the mend; or `cuda` where there is none.
 */
export async function openLocalProvider(
  settings: ProviderSettings,
  surroundings: LocalSurroundings,
): Promise<Provider> {
  const { name, models = [], apiKey, options } = settings;
  const { places, threadFile } = surroundings;
  const looked = models.map((model) => look(model, places));
  const faults = looked.flatMap(({ fault }) => fault ?? []);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const { maxBytes, idleMs } = readInstances(options['instances']);
  const engine = new Engine(threadFile, {
    modelsDirectory: places.modelsDirectory,
    maxBytes,
    idleMs,
    hubUrl: readHubUrl(options['endpoint']),
    ...(apiKey !== undefined && { hubToken: apiKey }),
  });
  const wanting = models.find((_, index) => looked[index]?.entry?.source.device === 'cuda');
  if (wanting && (await engine.findDevice(AbortSignal.timeout(PROBE_MS))) !== 'cuda') {
    await engine.close();
    throw new Error(
      `models.${wanting.id}.device is cuda, and the runtime of providers.${name} finds no GPU. Install the driver and the ` +
        'CUDA files of onnxruntime-node (npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12), or say device: auto.',
    );
  }
  return new LocalProvider(settings, engine, places);
}

function look(
  { id, providerModel, capabilities, options = {} }: ModelSettings,
  places: ModelPlaces,
): { readonly entry?: ModelEntry; readonly fault?: string } {
  const cannot = capabilities.filter((capability) => !CAN.includes(capability));
  if (cannot.length > 0) {
    const can = CAN.join(', ');
    return { fault: `models.${id}.capabilities: a local model has no ${cannot.join(', ')}; leave only ${can}.` };
  }
  try {
    return { entry: readModelEntry(providerModel, options, places) };
  } catch (error) {
    if (error instanceof ModelFault) return { fault: `models.${id}: ${error.message}` };
    throw error;
  }
}

/** A mirror of the hub, where the provider has an `endpoint`; the configuration has checked that it is an address. */
function readHubUrl(endpoint: unknown): string {
  return typeof endpoint === 'string' ? endpoint.replace(/\/+$/, '') : HUB;
}

function readInstances(instances: unknown): { readonly maxBytes: number; readonly idleMs: number } {
  const { maxBytes, idleMs }: Readonly<Record<string, unknown>> = isObject(instances) ? instances : {};
  return {
    maxBytes: typeof maxBytes === 'number' ? maxBytes : MAX_BYTES,
    idleMs: typeof idleMs === 'number' ? idleMs : IDLE_MS,
  };
}
