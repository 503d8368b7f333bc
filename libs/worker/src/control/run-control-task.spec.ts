import { describe, expect, it } from '@jest/globals';
import {
  CallTimeoutError,
  nanoUsd,
  ProviderError,
  type AuthStatus,
  type GenerateReply,
  type Provider,
} from '@switchyard/contract';
import type { ResolvedModel } from '@switchyard/registry';
import { runControlTask, TaskOverdue } from './run-control-task.js';

const AUTH: AuthStatus = { kind: 'api_key', status: 'valid', expiresAt: null };
const NETWORK = new ProviderError('network', 'The provider could not be reached (ECONNREFUSED).');
const NETWORK_ERROR = {
  code: 'network',
  message:
    'The provider could not be reached (ECONNREFUSED). Check that the provider can be reached from the worker, then retry the job.',
};
const REPLY: GenerateReply = {
  content: 'Hello there.',
  toolCalls: [],
  finishReason: 'stop',
  rawFinishReason: 'stop',
  warnings: [],
  raw: {},
  usage: { promptTokens: 3, completionTokens: 2, totalTokens: 5 },
};

function provider(abilities: Partial<Provider> = {}): Provider {
  return {
    auth: { status: () => AUTH, validate: async () => ({ kind: 'api_key', length: 8, expiresAt: null }) },
    isAvailable: async () => ({ available: true }),
    getModelInfo: async () => undefined,
    listModels: async () => [{ id: 'a' }, { id: 'b' }],
    close: async () => undefined,
    ...abilities,
  };
}

function model(id: string, capabilities: ResolvedModel['capabilities']): ResolvedModel {
  return {
    id,
    name: id,
    version: null,
    provider: 'main',
    providerKind: 'custom',
    local: false,
    enabled: true,
    providerModel: `vendor-${id}`,
    capabilities,
    price: {
      inputPerMillion: nanoUsd(1_000_000_000n),
      outputPerMillion: nanoUsd(2_000_000_000n),
      perRequest: nanoUsd(0n),
      perImage: {},
      batchFactorPpm: 1_000_000,
      above: [],
    },
    params: { temperature: 0 },
    requiredPermissions: [],
    fallbackModels: [],
  };
}

const reject = (error: unknown) => async (): Promise<never> => {
  throw error;
};

describe('a question to a vendor', () => {
  function ask(
    kind: string,
    abilities: Partial<Provider>,
    { models = [] as readonly ResolvedModel[], payload = {}, signal = new AbortController().signal } = {},
  ): Promise<unknown> {
    return runControlTask(
      { kind, payload },
      { provider: provider(abilities), models, modelOptions: (id) => ({ folder: id }) },
      signal,
    );
  }

  it('about its health tells latency, models and authorization', async () => {
    const facts = { device: 'cpu' };
    expect(await ask('health', { facts: async () => facts })).toEqual({
      answer: { error: null, auth: AUTH, latencyMs: expect.any(Number), models: ['a', 'b'], facts },
    });
    const answer = await ask('health', { listModels: reject(NETWORK) });
    expect(answer).toMatchObject({ answer: { error: null, models: [], facts: {} } });
  });

  it.each([
    ['says so', { isAvailable: async () => ({ available: false as const, reason: `network: ${NETWORK.message}` }) }],
    ['fails', { isAvailable: reject(NETWORK) }],
  ])('about its health tells why it is ill where it %s', async (_how, abilities) => {
    expect(await ask('health', abilities)).toMatchObject({ answer: { error: NETWORK_ERROR, models: [] } });
  });

  it('about its models tells which it lists, and which of ours it does not have, whatever it lists', async () => {
    const asked: string[] = [];
    const getModelInfo = async (id: string): Promise<{ id: string } | undefined> => {
      asked.push(id);
      return id === 'a-latest' ? { id: 'a' } : undefined;
    };
    expect(await ask('models', { getModelInfo }, { payload: { models: ['a', 'a-latest', 'gone', 7] } })).toEqual({
      answer: { listed: ['a', 'b'], missing: ['gone'] },
    });
    expect(asked).toEqual(['a-latest', 'gone']);
    expect(await ask('models', { listModels: reject(NETWORK) })).toEqual({ error: NETWORK_ERROR });
  });

  it('leaves out names that no table takes', async () => {
    const names = ['a', 'line\nbreak', 'NUL\u0000', 'lone\ud800', 'x'.repeat(201)];
    const listModels = async (): Promise<{ id: string }[]> => names.map((id) => ({ id }));
    expect(await ask('models', { listModels })).toMatchObject({ answer: { listed: ['a'] } });
  });

  it('about its token tells what the credential says', async () => {
    expect(await ask('token', {})).toEqual({ answer: { kind: 'api_key', length: 8, expiresAt: null } });
    const refused = new ProviderError('authentication', 'The token service refused.');
    expect(await ask('token', { auth: { status: () => AUTH, validate: reject(refused) } })).toEqual({
      error: {
        code: 'authentication',
        message: "The token service refused. Check the provider's key in the configuration.",
      },
    });
  });

  it('says hello to the first model that speaks, and tells what it cost', async () => {
    const calls: unknown[] = [];
    const generate: Provider['generate'] = async (call) => {
      calls.push(call);
      return REPLY;
    };
    const speaker = { ...model('speaks', ['generation']), contextWindow: 4_096 };
    const models = [model('draws', ['image']), speaker, model('too', ['generation'])];
    expect(await ask('hello', { generate }, { models })).toEqual({
      answer: {
        word: { model: 'speaks', length: 12, costNano: 7_000n, promptTokens: 3, completionTokens: 2 },
        error: null,
        auth: AUTH,
        latencyMs: expect.any(Number),
      },
    });
    expect(calls).toEqual([
      {
        providerModel: 'vendor-speaks',
        request: { temperature: 0, prompt: 'Hello', maxTokens: 16 },
        options: { folder: 'speaks' },
        // A server of one's own may load a model anew for each window that it is told.
        contextWindow: 4_096,
      },
    ]);
  });

  it('says hello to one that embeds where none speaks', async () => {
    const embed: Provider['embed'] = async () => ({ embeddings: [[1, 2, 3]], warnings: [], raw: {} });
    expect(await ask('hello', { embed }, { models: [model('embeds', ['embedding'])] })).toMatchObject({
      answer: { word: { model: 'embeds', length: 3 }, error: null },
    });
  });

  it('asks one that only draws whether it is there', async () => {
    const models = [model('draws', ['image'])];
    expect(await ask('hello', {}, { models })).toMatchObject({ answer: { word: null, error: null } });
    expect(await ask('hello', { isAvailable: reject(NETWORK) }, { models })).toMatchObject({
      answer: { word: null, error: NETWORK_ERROR },
    });
  });

  it('tells why there was no word', async () => {
    const models = [model('speaks', ['generation'])];
    expect(await ask('hello', { generate: reject(new CallTimeoutError('firstByte', 50)) }, { models })).toMatchObject({
      answer: { word: null, error: { code: 'timeout_error' } },
    });
  });

  it('ends with the time of who asks', async () => {
    const abort = new AbortController();
    const isAvailable: Provider['isAvailable'] = ({ signal }) =>
      new Promise((_, refuse) => signal.addEventListener('abort', () => refuse(signal.reason as Error)));
    const asking = ask('health', { isAvailable }, { signal: abort.signal });
    abort.abort(new TaskOverdue());
    expect(await asking).toMatchObject({
      answer: { error: { code: 'timeout_error', message: 'The provider did not answer in time.' } },
    });
  });

  it('of another version is answered all the same', async () => {
    expect(await ask('dance', {})).toEqual({
      error: { code: 'unsupported', message: 'This worker cannot ask for "dance"; update it.' },
    });
  });

  it('hides no fault of an adapter', async () => {
    await expect(ask('models', { listModels: reject(new TypeError('a bug')) })).rejects.toThrow('a bug');
  });
});
