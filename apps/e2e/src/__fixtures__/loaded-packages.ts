import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Vendors' clients, and what makes a model run in a process: each costs memory, and none is for every worker. */
const OF_VENDORS: readonly string[] = [
  '@anthropic-ai/sdk',
  '@google-cloud/vertexai',
  '@google/genai',
  '@huggingface/transformers',
  'google-auth-library',
  'ollama',
  'onnxruntime-node',
  'openai',
  'sharp',
];

const RECORDER = pathToFileURL(join(import.meta.dirname, 'record-packages.mjs')).href;

/** The environment of a process that writes down what it loads. */
export function recordingTo(file: string): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `--import=${RECORDER}`, RECORD_PACKAGES_TO: file };
}

/** The packages of vendors that a process has loaded until now, in the order of the alphabet. */
export async function vendorPackagesIn(file: string): Promise<readonly string[]> {
  const loaded = (await readFile(file, 'utf8')).split('\n');
  return OF_VENDORS.filter((name) => loaded.includes(name));
}
