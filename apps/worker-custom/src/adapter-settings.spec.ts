import { type ModelCall, type ProviderSettings } from '@switchyard/contract';
import {
  answer,
  eventStream,
  type FaultServer,
  json,
  PATIENT,
  startFaultServer,
} from '@switchyard/provider-kit/testing';
import { createProvider } from './adapter.js';

describe('the settings of custom', () => {
  const settings: ProviderSettings = {
    name: 'local',
    kind: 'custom',
    concurrency: 4,
    local: true,
    timeouts: PATIENT,
    options: {},
  };

  let server: FaultServer;
  beforeAll(async () => {
    server = await startFaultServer();
  });
  afterAll(() => server.close());

  it('needs an address', () => {
    expect(() => createProvider(settings)).toThrow('providers.local.baseURL is missing');
  });

  it.each(['', '/'])('needs no key, and minds no slash at the end (%j)', async (slash) => {
    const provider = createProvider({ ...settings, baseURL: `${server.url}/proxy/v1${slash}` });
    server.play(answer(json({ data: [{ id: 'a' }] })));
    await provider.listModels({ signal: new AbortController().signal });
    const request = await server.nextRequest();
    expect(request.path).toBe('/proxy/v1/models');
    expect(request.headers.authorization).toBeUndefined();
    await provider.close();
  });

  it('asks a server for no more than its dialect takes', async () => {
    const dialect = { maxTokens: 'max_completion_tokens', jsonSchema: false, streamUsage: false };
    const provider = createProvider({ ...settings, baseURL: `${server.url}/v1`, options: { dialect } });
    server.play(answer(eventStream('data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')));
    const call: ModelCall = {
      providerModel: 'm',
      request: { prompt: 'x', maxTokens: 5 },
      output: { format: 'json', schema: { type: 'object' } },
    };
    for await (const part of provider.stream?.(call, { signal: new AbortController().signal }) ?? []) {
      expect(part.type).toBe('end');
    }
    const body: unknown = JSON.parse((await server.nextRequest()).body);
    expect(body).toEqual({
      model: 'm',
      messages: [
        { role: 'system', content: expect.stringContaining('{"type":"object"}') as unknown },
        { role: 'user', content: 'x' },
      ],
      max_completion_tokens: 5,
      response_format: { type: 'json_object' },
      stream: true,
    });
    await provider.close();
  });
});
