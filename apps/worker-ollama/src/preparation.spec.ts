import { type ModelSettings, type Preparation, type Provider, type ProviderSettings } from '@switchyard/contract';
import {
  answer,
  cutAfter,
  type FaultServer,
  json,
  jsonLines,
  PATIENT,
  type Script,
  silenceAfter,
  startFaultServer,
} from '@switchyard/provider-kit/testing';
import { wire } from './__fixtures__/wire.js';
import { createProvider } from './adapter.js';

const ABSENT = answer(json({ error: "model 'x' not found" }, 404));
const PULLED = answer(jsonLines(wire('pull.ndjson')));
const CREATED = answer(jsonLines(wire('create.ndjson')));
const CHAT = answer({ body: wire('chat.json') });

function shown(precision: string): Script {
  return answer(json({ details: { quantization_level: precision } }));
}

const unaborted = new AbortController().signal;

describe('models that a server has to fetch or make first', () => {
  let server: FaultServer;
  const providers: Provider[] = [];
  beforeAll(async () => {
    server = await startFaultServer();
  });
  afterEach(async () => {
    await Promise.all(providers.splice(0).map((provider) => provider.close()));
    server.clear();
  });
  afterAll(() => server.close());

  function open(models: readonly Partial<ModelSettings>[], options: ProviderSettings['options'] = {}): Provider {
    const provider = createProvider({
      name: 'local',
      kind: 'ollama',
      baseURL: server.url,
      concurrency: 4,
      local: true,
      timeouts: PATIENT,
      options,
      models: models.map((model, index) => ({
        id: `model-${index}`,
        provider: 'local',
        providerModel: `model-${index}`,
        capabilities: ['generation'],
        price: {} as ModelSettings['price'],
        params: {},
        versions: {},
        fallbackModels: [],
        ...model,
      })),
    });
    providers.push(provider);
    return provider;
  }

  async function prepare(provider: Provider, signal = unaborted): Promise<Preparation[]> {
    const reports: Preparation[] = [];
    await provider.prepare?.({ signal }, (progress) => void reports.push(progress));
    return reports;
  }

  async function ask(provider: Provider, providerModel: string, options?: ModelSettings['options']): Promise<unknown> {
    const call = { providerModel, request: { prompt: 'Why?' }, ...(options && { options }) };
    return provider.generate?.(call, { signal: unaborted });
  }

  const sent = (): unknown[] => server.requests.map(({ path, body }) => [path, JSON.parse(body) as unknown]);

  it('are none unless the configuration says so', () => {
    const provider = open([{}, { options: { pull: false } }]);
    expect([provider.prepare, provider.facts]).toEqual([undefined, undefined]);
  });

  it('are pulled with progress where the server lacks them, which never goes back', async () => {
    const provider = open([{ providerModel: 'here' }, { providerModel: 'absent' }], { pull: true });
    server.play(shown('Q4_0'), ABSENT, PULLED);
    expect(await prepare(provider)).toEqual([
      { model: 'absent', step: 'pulling' },
      { model: 'absent', step: 'pulling' },
      ...[0, 0.5, 1, 1, 1, 1, 1].map((fraction) => ({ model: 'absent', step: 'pulling', fraction })),
    ]);
    expect(sent()).toEqual([
      ['/api/show', { model: 'here' }],
      ['/api/show', { model: 'absent' }],
      ['/api/pull', { name: 'absent', stream: true }],
    ]);
    expect(await provider.facts?.(unaborted)).toEqual({});
    server.play(CHAT);
    expect(await ask(provider, 'absent')).toMatchObject({ finishReason: 'stop' });
    expect(await prepare(provider)).toEqual([]);
  });

  it('are pulled for each of their versions, and where their own entry says so', async () => {
    const provider = open([
      {
        providerModel: 'one',
        versions: { v2: { providerModel: 'two' }, other: { provider: 'x', providerModel: 'y' } },
        options: { pull: true },
      },
      { providerModel: 'three' },
    ]);
    server.play(ABSENT, ABSENT, PULLED, PULLED);
    await prepare(provider);
    expect(sent().slice(2)).toEqual([
      ['/api/pull', { name: 'one', stream: true }],
      ['/api/pull', { name: 'two', stream: true }],
    ]);
  });

  const half = { quantization: { bits: 4 } };
  const variant = 'llama:8b-q4_K_M';

  it('are made in the precision that is asked for, of what is there', async () => {
    const provider = open([{ providerModel: 'llama:8b-fp16', options: half }]);
    server.play(ABSENT, shown('F16'), CREATED);
    const reports = await prepare(provider);
    expect(new Set(reports.map(({ model, step }) => `${model}: ${step}`))).toEqual(
      new Set([`${variant}: quantizing to q4_K_M`]),
    );
    expect(sent()).toEqual([
      ['/api/show', { model: variant }],
      ['/api/show', { model: 'llama:8b-fp16' }],
      ['/api/create', { model: variant, from: 'llama:8b-fp16', quantize: 'q4_K_M', stream: true }],
    ]);
    server.play(CHAT);
    await ask(provider, 'llama:8b-fp16', half);
    expect(server.requests.at(-1)?.body).toContain(`"model":"${variant}"`);
  });

  it('are pulled and then made, and only named where they are as precise already', async () => {
    const provider = open([{ providerModel: 'llama:8b', options: { ...half, pull: true } }]);
    server.play(ABSENT, ABSENT, PULLED, shown('Q4_K_M'), CREATED);
    await prepare(provider);
    expect(sent().at(-1)).toEqual(['/api/create', { model: variant, from: 'llama:8b', stream: true }]);
  });

  it.each([
    ['of a precision that none can be made of', [ABSENT, shown('Q5_0')], 'llama:8b is Q5_0 on the server, not q4_K_M'],
    ['of a model that is not there and not to be pulled', [ABSENT, ABSENT], 'does not have llama:8b; pull it there'],
    [
      'that the server cannot make',
      [ABSENT, shown('F16'), answer(jsonLines('{"error":"unsupported architecture"}\n'))],
      'unsupported architecture',
    ],
  ] as const)('are refused by name %s', async (_what, scripts, reason) => {
    const provider = open([{ providerModel: 'llama:8b', options: half }]);
    server.play(...scripts);
    await expect(prepare(provider)).rejects.toMatchObject({
      name: 'ProviderError',
      message: expect.stringMatching(`^${variant} could not be made ready: .*${reason}`) as unknown,
    });
    const asked = server.requests.length;
    await expect(ask(provider, 'llama:8b', half)).rejects.toMatchObject({
      code: 'model_unavailable',
      reachedVendor: false,
      retryAfterSeconds: undefined,
      message: expect.stringContaining(reason) as unknown,
    });
    expect(server.requests).toHaveLength(asked);
    expect(await provider.facts?.(unaborted)).toEqual({
      [variant]: expect.stringContaining(reason) as unknown,
    });
    // Once it can be, the next try makes it.
    server.play(shown('Q4_K_M'), CHAT);
    await prepare(provider);
    await ask(provider, 'llama:8b', half);
  });

  it('let calls wait that need them, in words, and others not', async () => {
    const provider = open([{ providerModel: 'absent' }, { providerModel: 'here' }], { pull: true });
    await expect(ask(provider, 'absent')).rejects.toMatchObject({ code: 'model_unavailable', retryAfterSeconds: 1 });
    const stream = provider.stream?.({ providerModel: 'absent', request: {} }, { signal: unaborted });
    await expect(stream?.[Symbol.asyncIterator]().next()).rejects.toMatchObject({ retryAfterSeconds: 1 });
    const end = new AbortController();
    const lines = wire('pull.ndjson').split('\n');
    server.play(ABSENT, shown('Q4_0'), silenceAfter(jsonLines(`${lines.slice(0, 3).join('\n')}\n`), 4_000));
    let tell: () => void = () => undefined;
    const half = new Promise<void>((resolve) => (tell = resolve));
    const preparing = provider.prepare?.({ signal: end.signal }, ({ fraction }) => {
      if (fraction === 0.5) tell();
    });
    await half;
    await expect(ask(provider, 'absent')).rejects.toMatchObject({
      code: 'model_unavailable',
      message: 'absent is not ready yet: pulling 50 %.',
      reachedVendor: false,
      retryAfterSeconds: 5,
    });
    expect(await provider.facts?.(unaborted)).toEqual({ absent: 'pulling 50 %' });
    server.play(CHAT);
    expect(await ask(provider, 'here')).toMatchObject({ finishReason: 'stop' });
    const reason = new Error('the process ends');
    end.abort(reason);
    await expect(preparing).rejects.toBe(reason);
  });

  it('go on after what breaks off, and let calls through to a server that nobody could ask', async () => {
    const provider = open([{ providerModel: 'absent' }], { pull: true });
    server.play(ABSENT, cutAfter(jsonLines(wire('pull.ndjson')), 200));
    await expect(prepare(provider)).rejects.toMatchObject({ code: 'stream_interrupted' });
    await expect(ask(provider, 'absent')).rejects.toMatchObject({
      message: expect.stringContaining('another try') as unknown,
    });
    server.play(answer(json({ error: 'server busy' }, 503)), ABSENT);
    await expect(prepare(provider)).rejects.toMatchObject({ code: 'overloaded' });
    await expect(ask(provider, 'absent')).rejects.toMatchObject({ code: 'model_unavailable', status: 404 });
    server.play(ABSENT, PULLED, CHAT);
    await prepare(provider);
    await ask(provider, 'absent');
  });
});
