import { Engine } from './engine.js';
import { type EmbedTask, type ThreadSettings } from './protocol.js';

const SETTINGS: ThreadSettings = { modelsDirectory: '/none', maxBytes: 1, idleMs: 1, hubUrl: 'http://127.0.0.1:1' };
const TASK: EmbedTask = {
  kind: 'embed',
  source: { place: '/model', subfolder: '', fromHub: false, dtype: 'fp32', device: 'cpu', purpose: 'embed' },
  texts: ['a'],
  maxLength: 1,
  overflow: 'cut',
  normalize: false,
  batchSize: 1,
};

/** A thread that does this with each message. */
function threadThat(body: string): URL {
  const source = `import { parentPort } from 'node:worker_threads'; parentPort.on('message', (message) => { ${body} });`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

const ANSWER = `parentPort.postMessage({ type: 'embedded', id: message.id, outcome: { vectors: [], tokens: 1, cut: [], limit: 1 } });`;
const calm = () => ({ signal: new AbortController().signal });

describe('the thread of the models', () => {
  it.each([
    ['ends', 'process.exit(3)'],
    ['fails', 'throw new Error("broken")'],
  ])('that %s under a task rejects it, and starts again for the next', async (_how, end) => {
    const engine = new Engine(
      threadThat(`if (message.task.texts[0] === 'end') { ${end} } else { ${ANSWER} }`),
      SETTINGS,
    );
    const doomed = engine.embed({ ...TASK, texts: ['end'] }, calm());
    await expect(doomed).rejects.toMatchObject({ name: 'EngineError', failure: 'ended', started: false });
    expect(await engine.embed(TASK, calm())).toMatchObject({ tokens: 1 });
    await engine.close();
  });

  it('that has begun before it ends says so', async () => {
    const started = `parentPort.postMessage({ type: 'started', id: message.id, device: 'cpu' });`;
    const engine = new Engine(threadThat(`${started} setImmediate(() => process.exit(0));`), SETTINGS);
    let begun = 0;
    const task = engine.embed(TASK, { ...calm(), onStarted: () => (begun += 1) });
    await expect(task).rejects.toMatchObject({ failure: 'ended', started: true });
    expect(begun).toBe(1);
    await engine.close();
  });

  it('gets nothing of the environment, and its runtime reports to nobody', async () => {
    process.env['HF_TOKEN'] = 'stray';
    try {
      const tell = `parentPort.postMessage({ type: 'failed', id: message.id, failure: { cause: 'failed', message: JSON.stringify(process.env) } });`;
      const engine = new Engine(threadThat(tell), SETTINGS);
      await expect(engine.embed(TASK, calm())).rejects.toMatchObject({ message: '{}' });
      expect(process.env['ORT_DISABLE_TELEMETRY']).toBe('1');
      await engine.close();
    } finally {
      delete process.env['HF_TOKEN'];
    }
  });

  it('is told of a cancel, which nobody waits for', async () => {
    const engine = new Engine(threadThat(`if (message.type === 'cancel') { ${ANSWER} }`), SETTINGS);
    const controller = new AbortController();
    const reason = new Error('canceled');
    const task = engine.embed(TASK, { signal: controller.signal });
    controller.abort(reason);
    await expect(task).rejects.toBe(reason);
    await expect(engine.embed(TASK, { signal: controller.signal })).rejects.toBe(reason);
    await engine.close();
  });
});
