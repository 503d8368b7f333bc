import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AppOptions } from '@switchyard/stage';

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

const RECORDER = pathToFileURL(join(import.meta.dirname, 'record-packages.mjs'));

/** Makes a process, and each of its threads, write down what it loads. */
export function recordingTo(file: string): AppOptions {
  const recorder = new URL(RECORDER);
  recorder.searchParams.set('to', file);
  return { nodeArguments: ['--import', recorder.href] };
}

/** The packages of vendors that a process has loaded until now, in the order of the alphabet. */
export async function vendorPackagesIn(file: string): Promise<readonly string[]> {
  const loaded = (await readFile(file, 'utf8')).split('\n');
  return OF_VENDORS.filter((name) => loaded.includes(name));
}
