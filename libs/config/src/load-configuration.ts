import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { BUILT_IN_CONFIGURATION, BUILT_IN_SOURCE } from './built-in.js';
import type { Configuration } from './configuration.js';
import { ConfigurationError } from './faults/configuration-error.js';
import { parseConfiguration, type ConfigurationText } from './parse-configuration.js';

/** Where a configuration is read from. */
export interface ConfigurationSource {
  /** Of the YAML file. */
  readonly path: string;
  /** Whether the operator named the file; then it must be there. Else the built-in configuration stands in for it. */
  readonly explicit: boolean;
  /** Names the layer `<its name>.<NODE_ENV>.yaml` beside the file; none where it is undefined or there is no such file. */
  readonly nodeEnv?: string | undefined;
  /** What `${NAME}` in the file is taken from. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Reads, layers and checks the configuration.
 * @throws ConfigurationError with everything that is wrong with it
 */
export async function loadConfiguration({ path, explicit, nodeEnv, env }: ConfigurationSource): Promise<Configuration> {
  const base = await readText(path);
  if (base === undefined && explicit) {
    const message = 'there is no such file; create it, or let SWITCHYARD_CONFIG name one that exists';
    throw new ConfigurationError([{ path, message }]);
  }
  const layer = nodeEnv === undefined ? undefined : await readText(layerBeside(path, nodeEnv));
  const builtIn = { file: BUILT_IN_SOURCE, text: BUILT_IN_CONFIGURATION };
  return parseConfiguration([base ?? builtIn, ...(layer ? [layer] : [])], env);
}

function layerBeside(path: string, nodeEnv: string): string {
  return join(dirname(path), `${basename(path, extname(path))}.${nodeEnv}.yaml`);
}

/** @returns undefined where there is no such file */
async function readText(path: string): Promise<ConfigurationText | undefined> {
  try {
    return { file: basename(path), text: await readFile(path, 'utf8') };
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    const cause = typeof code === 'string' ? code : 'unknown cause';
    const message = `cannot be read (${cause}); check that it is a file and that this user may read it`;
    throw new ConfigurationError([{ path, message }]);
  }
}
