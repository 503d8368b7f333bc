import { createJsonSink, createReadableSink, type LogSink } from '../output/log-sink.js';
import { startEverything, type Everything } from './start-everything.js';
import { aborted, listenForStop, STOPPING } from './stop-signals.js';

/** Runs everything until a signal ends it. @returns 0 when it was told to end */
export async function start(): Promise<number> {
  const { stop, hurry } = listenForStop(() => void process.stdout.write(`${STOPPING}\n`));
  // A reader that is gone must not end what it read from.
  process.stdout.on('error', () => undefined);
  let everything: Everything;
  try {
    everything = await startEverything({ env: process.env, sink: chooseSink(), signal: stop, hurry });
  } catch (error) {
    if (stop.aborted) return 0;
    throw error;
  }
  if (everything.madeAdminKey !== undefined) {
    process.stdout.write(`admin key, shown this once: ${everything.madeAdminKey}\n`);
  }
  process.stdout.write(`ready ${everything.url}\n`);
  await aborted(stop);
  await everything.stop();
  return 0;
}

/** JSON lines, unless a human reads along. */
function chooseSink(): LogSink {
  const write = (text: string): void => void process.stdout.write(text);
  const format = process.env['LOG_FORMAT'];
  const readable = format === 'pretty' || (format !== 'json' && process.stdout.isTTY);
  return readable
    ? createReadableSink({ write, colors: process.stdout.isTTY && !process.env['NO_COLOR'] })
    : createJsonSink(write);
}
