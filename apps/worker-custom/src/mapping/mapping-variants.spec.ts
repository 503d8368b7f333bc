import { type ModelCall, type ModelSettings, type ProviderMapping, type ProviderSettings } from '@switchyard/contract';
import { answer, type FaultServer, json, PATIENT, startFaultServer } from '@switchyard/provider-kit/testing';
import { createProvider } from '../adapter.js';

const { signal } = new AbortController();

const SETTINGS: ProviderSettings = {
  name: 'house',
  kind: 'custom',
  concurrency: 4,
  local: true,
  timeouts: PATIENT,
  options: {},
};
const SAY = { path: '/say', body: { in: '{{messages}}' }, text: '/out' } as const;
const ask = (request: ModelCall['request']): ModelCall => ({ providerModel: 'm', request });

describe('a mapping', () => {
  let server: FaultServer;
  beforeAll(async () => {
    server = await startFaultServer();
  });
  afterEach(() => server.clear());
  afterAll(() => server.close());

  const open = (mapping: ProviderMapping, more: Partial<ProviderSettings> = {}) =>
    createProvider({ ...SETTINGS, baseURL: server.url, mapping, ...more });

  it('gives the methods that are mapped, and no other', () => {
    const { generate, stream, embed, image } = open({ embed: { path: '/v', body: '{{input}}', embeddings: '' } });
    expect([generate, stream, image]).toEqual([undefined, undefined, undefined]);
    expect(embed).toBeDefined();
  });

  it.each<[string, ProviderMapping['generate'], unknown, string]>([
    ['nothing', SAY, {}, 'no text at /out; check providers.house.mapping.generate.text'],
    ['a number', SAY, { out: 7 }, 'no text at /out'],
    ['a list', { ...SAY, text: '' }, ['a'], 'no text as a whole'],
    ['an entry that is not there', { ...SAY, text: '/out/1' }, { out: ['a'] }, 'no text at /out/1'],
  ])('that finds %s for a text names its pointer', async (_what, generate, body, message) => {
    server.play(answer(json(body)));
    await expect(open(generate ? { generate } : {}).generate?.(ask({ prompt: 'x' }), { signal })).rejects.toMatchObject(
      {
        code: 'bad_response',
        message: expect.stringContaining(message) as unknown,
      },
    );
  });

  it.each<[string, unknown, boolean]>([
    ['null', null, false],
    ['false', false, false],
    ['an empty text', '', false],
    ['a text', 'went wrong', true],
    ['a number', 5, true],
    ['true', true, true],
  ])('takes %s for what it is, where errors stand', async (_what, problem, isError) => {
    server.play(answer(json({ out: 'fine', problem })));
    const reply = open({ generate: { ...SAY, error: '/problem' } }).generate?.(ask({ prompt: 'x' }), { signal });
    if (isError) await expect(reply).rejects.toMatchObject({ code: 'bad_response', refused: true });
    else expect(await reply).toMatchObject({ content: 'fine', finishReason: 'stop', rawFinishReason: null });
  });

  it('puts the system prompt before the conversation where it has no slot', async () => {
    server.play(answer(json({ out: '' })));
    await open({ generate: SAY }).generate?.(ask({ prompt: 'Hi', systemPrompt: 'Be kind.' }), { signal });
    expect(JSON.parse((await server.nextRequest()).body)).toEqual({
      in: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Hi' },
      ],
    });
    server.play(answer(json({ out: '' })));
    const asText = { ...SAY, body: '{{prompt}}' };
    await open({ generate: asText }).generate?.(ask({ prompt: 'Hi', systemPrompt: 'Be kind.' }), { signal });
    expect(JSON.parse((await server.nextRequest()).body)).toBe('Be kind.\n\nHi');
  });

  it('warns of an answer in JSON that it cannot ask for', async () => {
    server.play(answer(json({ out: '{}' })));
    const call: ModelCall = { ...ask({ prompt: 'x' }), output: { format: 'json' } };
    expect(await open({ generate: SAY }).generate?.(call, { signal })).toMatchObject({
      warnings: [expect.stringContaining('{{schema}}')],
    });
  });

  it('sends no image, and no second text where there is room for one', async () => {
    const picture = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } } as const;
    const seeing = open({ generate: SAY }).generate?.(ask({ messages: [{ role: 'user', content: [picture] }] }), {
      signal,
    });
    await expect(seeing).rejects.toMatchObject({ code: 'invalid_request', reachedVendor: false });
    const one = open({ embed: { path: '/v', body: { q: '{{text}}' }, embeddings: '/v' } });
    const two = one.embed?.(ask({ input: ['a', 'b'] }), { signal });
    await expect(two).rejects.toMatchObject({ code: 'invalid_request', reachedVendor: false });
    server.play(answer(json({ v: [1, 2] })));
    expect(await one.embed?.(ask({ input: ['a'] }), { signal })).toMatchObject({ embeddings: [[1, 2]] });
    expect(JSON.parse((await server.nextRequest()).body)).toEqual({ q: 'a' });
  });

  it.each<[unknown, string]>([
    [{ rows: [[1]] }, 'no list of 2 vectors at /rows'],
    [{ rows: 5 }, 'no list of 2 vectors at /rows'],
    [{ rows: [{ v: [1] }, {}] }, 'no vector at /rows/…/v; check providers.house.mapping.embed.vector'],
  ])('names what it does not find of vectors in %j', async (body, message) => {
    const embed = { path: '/v', body: '{{input}}', embeddings: '/rows', vector: '/v' };
    server.play(answer(json(body)));
    await expect(open({ embed }).embed?.(ask({ input: ['a', 'b'] }), { signal })).rejects.toMatchObject({
      code: 'bad_response',
      message: expect.stringContaining(message) as unknown,
    });
  });

  it('reads images by their address, and names what is none', async () => {
    const image = { path: '/i', body: '{{prompt}}', images: '/made', url: '/at' };
    const provider = open({ image });
    server.play(answer(json({ made: { at: 'https://example.com/a.webp' } })));
    expect(await provider.image?.(ask({ prompt: 'x' }), { signal })).toMatchObject({
      images: [{ url: 'https://example.com/a.webp', mimeType: 'image/webp' }],
    });
    for (const body of [{ made: [{}] }, { made: [{ at: 'nowhere' }] }, { made: [] }, {}]) {
      server.play(answer(json(body)));
      await expect(provider.image?.(ask({ prompt: 'x' }), { signal })).rejects.toMatchObject({
        code: 'bad_response',
        message: expect.stringMatching(
          /no image at \/made.*check providers\.house\.mapping\.image\.(images|url)/,
        ) as unknown,
      });
    }
  });

  it('without a list of models has those of the configuration, and is there when it answers at all', async () => {
    const model = { id: 'mine', providerModel: 'theirs' } as unknown as ModelSettings;
    const provider = open({ generate: SAY }, { models: [model] });
    expect(await provider.listModels({ signal })).toEqual([{ id: 'theirs' }]);
    expect(await provider.getModelInfo('theirs', { signal })).toEqual({ id: 'theirs' });
    expect(await provider.getModelInfo('mine', { signal })).toBeUndefined();
    server.play(
      answer({ status: 404, body: '' }),
      answer({ status: 401, body: '' }),
      answer({ status: 502, body: '' }),
    );
    expect(await provider.isAvailable({ signal })).toEqual({ available: true });
    expect(await provider.isAvailable({ signal })).toMatchObject({ available: false });
    expect(await provider.isAvailable({ signal })).toMatchObject({ available: false });
  });
});
