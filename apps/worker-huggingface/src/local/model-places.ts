import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** Where models are looked for. */
export interface ModelPlaces {
  /**
   * `MODELS_DIR`: where models of the hub are kept, and folders are looked for at last. Default `/models` where there is
   * such a folder, as in a container that it is mounted into, else `./models`.
   */
  readonly modelsDirectory: string;
  /** What a relative `modelPath` is relative to, in this order: the configuration's folder, the working directory. */
  readonly folders: readonly string[];
}

const MOUNTED = '/models';

/** Reads the places from the environment; an empty variable counts as not set. */
export function readModelPlaces(env: NodeJS.ProcessEnv): ModelPlaces {
  const here = process.cwd();
  return {
    modelsDirectory: resolve(env['MODELS_DIR'] || (existsSync(MOUNTED) ? MOUNTED : 'models')),
    folders: [...new Set([dirname(resolve(env['SWITCHYARD_CONFIG'] || 'switchyard.yaml')), here])],
  };
}

/** Everything that a `modelPath` may mean, in the order in which it is looked for. */
export function candidateFolders(modelPath: string, { modelsDirectory, folders }: ModelPlaces): readonly string[] {
  if (isAbsolute(modelPath)) return [modelPath];
  // In a container the folder of models is mounted elsewhere than beside the configuration.
  const withinModels = modelPath.replace(/^(\.\/)?models\//, '');
  const places = [...folders.map((folder) => resolve(folder, modelPath)), join(modelsDirectory, withinModels)];
  return [...new Set(places)];
}

/** @returns the first of them that is there */
export function findFolder(modelPath: string, places: ModelPlaces): string | undefined {
  return candidateFolders(modelPath, places).find((folder) => existsSync(folder));
}
