import { readFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Provider } from '@switchyard/contract';
import { calm, FIXTURES, modelOf, openLocal, reference } from '../__fixtures__/local-models.js';

const MODEL = modelOf('acme/tiny-encoder', {});
const TOKEN = 'hf_canary_0123456789';

/** A hub that has one model, and asks for a token. */
const seen: { url: string; headers: IncomingHttpHeaders }[] = [];
let hub: Server;
let endpoint: string;
let modelsDirectory: string;

beforeAll(async () => {
  hub = createServer((request, response) => {
    seen.push({ url: request.url ?? '', headers: request.headers });
    const path = /^\/acme\/tiny-encoder\/resolve\/main\/([\w./]+)$/.exec(request.url ?? '')?.[1];
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return void response.writeHead(401).end();
    if (path === undefined) return void response.writeHead(404).end();
    readFile(join(FIXTURES, 'tiny-encoder', path)).then(
      (bytes) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(hub.address() as AddressInfo).port}/`;
  modelsDirectory = await mkdtemp(join(tmpdir(), 'switchyard-hub-'));
});
afterEach(() => seen.splice(0));
afterAll(async () => {
  await new Promise((resolve) => hub.close(resolve));
  await rm(modelsDirectory, { recursive: true });
});

async function embed(provider: Provider, model = MODEL): Promise<readonly (readonly number[])[] | undefined> {
  const call = {
    providerModel: model.providerModel,
    request: { input: reference.texts[0] ?? '' },
    options: model.options ?? {},
  };
  return (await provider.embed?.(call, calm()))?.embeddings;
}

describe('a model of the hub', () => {
  it('is fetched once, with the token of the provider, and found again without the hub', async () => {
    const first = await openLocal([MODEL], { endpoint }, { modelsDirectory, apiKey: TOKEN });
    const [vector = []] = (await embed(first)) ?? [];
    const [expected] = reference.fp32;
    expect(
      Math.max(...vector.map((number, index) => Math.abs(number - (expected?.vector[index] ?? NaN)))),
    ).toBeLessThan(1e-6);
    await first.close();
    expect(seen.map(({ url }) => url)).toContain('/acme/tiny-encoder/resolve/main/onnx/model.onnx');
    expect(new Set(seen.map(({ headers }) => headers['user-agent']))).toEqual(new Set(['switchyard']));

    const before = seen.length;
    const second = await openLocal([MODEL], { endpoint: 'http://127.0.0.1:1' }, { modelsDirectory });
    expect(await embed(second)).toEqual([vector]);
    await second.close();
    expect(seen).toHaveLength(before);
  });

  it('that it does not have is named', async () => {
    const unknown = modelOf('acme/unknown', {});
    const provider = await openLocal([unknown], { endpoint }, { modelsDirectory, apiKey: TOKEN });
    await expect(embed(provider, unknown)).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringContaining('The model acme/unknown cannot be loaded'),
      reachedVendor: false,
    });
    await provider.close();
  });

  it('is tried again where the hub does not answer', async () => {
    const other = modelOf('acme/other', {});
    const provider = await openLocal([other], { endpoint: 'http://127.0.0.1:1' }, { modelsDirectory });
    await expect(embed(provider, other)).rejects.toMatchObject({
      code: 'network',
      message: 'The model acme/other cannot be fetched: the hub does not answer.',
      reachedVendor: false,
    });
    await provider.close();
  });
});
