import { StartError } from '@switchyard/config/launch';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainFailure } from '../output/explain-failure.js';
import { createReadableSink, type LogSink } from '../output/log-sink.js';
import { outputWidth } from '../output/output-width.js';
import { Progress } from '../output/progress.js';
import { freePort } from '../start/choose-ports.js';
import { startEverything } from '../start/start-everything.js';
import { listenForStop, STOPPING } from '../start/stop-signals.js';
import { DEMO_TASKS } from './demo-jobs.js';
import { GatewayClient } from './gateway-client.js';
import { showResults, type DemoResult } from './show-results.js';

/** Stopping takes ten seconds at most, and the whole ninety. */
const LIMIT_MS = 79_000;
const LOG_LINES_SHOWN = 20;
const HOST = '127.0.0.1';

/** Of the operator's installation; the demo has its own. */
const NOT_TAKEN_OVER = [
  'DATABASE_URL',
  'QUEUE_URL',
  'SWITCHYARD_SECRET',
  'SWITCHYARD_SECRET_PREVIOUS',
  'APP_PORT_BASE',
];

const NEXT = `What to try next:
  npm start                   keeps it running on http://127.0.0.1:3000 and
                              prints your key, once
  http://127.0.0.1:3000/docs  every route, to try in the browser
  switchyard.yaml             your own providers, models and budgets; the README
                              shows one
  curl http://127.0.0.1:3000/v1/jobs -H "authorization: Bearer $KEY" \\
    -H 'content-type: application/json' -H 'prefer: wait=30' \\
    -d '{"type": "generation", "request": {"prompt": "Hello"}}'
`;

/** The main job as a visitor sees it, with data that is thrown away. @returns 0 when every job succeeded */
export async function demo(): Promise<number> {
  const write = (text: string): void => void process.stdout.write(text);
  process.stdout.on('error', () => undefined);
  const width = outputWidth(process.stdout);
  const progress = new Progress({ write, live: process.stdout.isTTY, width });
  const { stop, hurry } = listenForStop(() => progress.note(STOPPING));
  const limit = AbortSignal.timeout(LIMIT_MS);
  const log: string[] = [];
  const folder = await makeFolder();
  try {
    const results = await tour({
      folder,
      progress,
      sink: keepLast(log),
      signal: AbortSignal.any([stop, limit]),
      hurry,
    });
    write(`\n${showResults(results, width).join('\n')}\n\n${NEXT}`);
    return results.every(({ job }) => job.status === 'succeeded') ? 0 : 1;
  } catch (error) {
    progress.end();
    if (stop.aborted) return 1;
    const reasons = limit.aborted ? ['The demo did not end in time.'] : explainFailure(error);
    process.stderr.write(
      `${[...reasons, ...(log.length > 0 ? ['', 'What the processes said last:'] : [])].join('\n')}\n`,
    );
    process.stderr.write(log.join(''));
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface TourOptions {
  readonly folder: string;
  readonly progress: Progress;
  readonly sink: LogSink;
  readonly signal: AbortSignal;
  readonly hurry: AbortSignal;
}

async function tour({ folder, progress, sink, signal, hurry }: TourOptions): Promise<DemoResult[]> {
  const began = performance.now();
  const key = `sk-${randomBytes(32).toString('base64url')}`;
  progress.say('Starting Postgres, the API, the courier, the simulator and a worker');
  const env = demoEnvironment(folder, await freePort(HOST), key);
  // The folder has no switchyard.yaml: unless a file is named, the demo runs on the simulator and costs nothing.
  const workingDirectory = env['SWITCHYARD_CONFIG'] ? process.cwd() : folder;
  const everything = await startEverything({ env, sink, signal, hurry, workingDirectory });
  try {
    progress.done(`Started in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    const results = await runTasks(new GatewayClient(everything.url, key), progress, signal);
    progress.say('Stopping');
    return results;
  } finally {
    await everything.stop();
    progress.end();
  }
}

async function runTasks(client: GatewayClient, progress: Progress, signal: AbortSignal): Promise<DemoResult[]> {
  const count = DEMO_TASKS.length;
  const unfinished = DEMO_TASKS.map(({ part }) => part);
  const following: Promise<DemoResult>[] = [];
  const update = (): void =>
    progress.update(`${following.length} of ${count} jobs submitted, ${count - unfinished.length} ended`);
  progress.say(`Submitting ${count} jobs and following them`);
  for (const { title, part, body } of DEMO_TASKS) {
    const { id } = await client.submit(body, signal).catch((error: unknown) => {
      throw new StartError(`The job "${title}" was refused. ${explainFailure(error).join(' ')}`);
    });
    const follow = client.follow(id, signal).then((job) => {
      unfinished.splice(unfinished.indexOf(part), 1);
      if (!unfinished.includes(part)) progress.done(`${part} ended`);
      update();
      return { title, job };
    });
    follow.catch(() => undefined);
    following.push(follow);
    update();
  }
  return await Promise.all(following);
}

function demoEnvironment(folder: string, port: number, key: string): NodeJS.ProcessEnv {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_TAKEN_OVER.includes(name)));
  return {
    ...env,
    HOST,
    PORT: String(port),
    DATA_DIR: join(folder, 'data'),
    MODEL_TRANSPORT: 'off',
    SWITCHYARD_ADMIN_KEY: key,
  };
}

/** Root's must be open to the account that Postgres runs as. */
async function makeFolder(): Promise<string> {
  const root = process.getuid?.() === 0;
  const folder = await mkdtemp(join(root ? '/tmp' : tmpdir(), 'switchyard-demo-'));
  if (root) await chmod(folder, 0o755);
  return folder;
}

/** Nobody reads along; what was said last is shown when the demo fails. */
function keepLast(lines: string[]): LogSink {
  return createReadableSink({
    colors: false,
    write: (text) => {
      lines.push(text);
      if (lines.length > LOG_LINES_SHOWN) lines.shift();
    },
  });
}
