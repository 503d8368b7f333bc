import { env, LogLevel } from '@huggingface/transformers';
import { parentPort, workerData } from 'node:worker_threads';
import { type FromThread, type ThreadSettings, type ToThread } from './protocol.js';
import { TaskRunner } from './task-runner.js';

/** Sends what the hub asks for, and nothing that stands in this machine's environment. */
async function fetchFromHub(url: string | URL, { hubUrl, hubToken }: ThreadSettings): Promise<Response> {
  const isHub = new URL(url).origin === new URL(hubUrl).origin;
  const authorization = hubToken !== undefined && isHub ? { authorization: `Bearer ${hubToken}` } : {};
  return await fetch(url, { headers: { 'user-agent': 'switchyard', ...authorization } });
}

const port = parentPort;
if (!port) throw new Error('This is the thread of a worker; run apps/worker-huggingface/dist/main.js.');
const settings = workerData as ThreadSettings;

env.logLevel = LogLevel.NONE;
env.localModelPath = settings.modelsDirectory;
env.cacheDir = settings.modelsDirectory;
env.remoteHost = `${settings.hubUrl}/`;
env.fetch = (url) => fetchFromHub(url, settings);

const runner = new TaskRunner(settings, (message: FromThread, transfer: ArrayBuffer[] = []) =>
  port.postMessage(message, transfer),
);
port.on('message', (message: ToThread) => runner.take(message));
