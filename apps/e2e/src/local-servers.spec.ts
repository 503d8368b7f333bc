import { type ImageResult } from '@switchyard/contract';
import { GATEWAY_KEYS, startGateway, type Gateway } from './__fixtures__/gateway.js';

/** The simulator as a server of Ollama without its model, and as one of Stable Diffusion. */
function configure(simulator: string): string {
  const pictures = { provider: 'stable_diffusion', capabilities: ['image'], price: { perImage: '0.01' } };
  return JSON.stringify({
    providers: {
      ollama: { baseURL: simulator, pull: true },
      stable_diffusion: { baseURL: simulator },
      openai: { baseURL: `${simulator}/v1`, apiKey: 'sk-vendor-0123456789abcdef' },
    },
    models: [
      {
        id: 'small-llama',
        provider: 'ollama',
        providerModel: 'remote-llama:8b-fp16',
        quantization: { bits: 4 },
        capabilities: ['generation'],
        contextWindow: 8_192,
        price: 'free',
      },
      { ...pictures, id: 'pictures', modelPath: 'night-yard.safetensors', params: { width: 64, height: 32 } },
      { ...pictures, id: 'gpt-image-2', provider: 'openai', providerModel: 'gpt-image-2' },
    ],
    tenants: {
      acme: { keys: [{ name: 'acme-app', key: GATEWAY_KEYS.jobs, scopes: ['jobs'] }] },
      globex: { keys: [{ name: 'globex-app', key: 'sk-globex-0123456789abcdef', scopes: ['jobs'] }] },
    },
  });
}

describe('servers on a machine of one’s own', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway(undefined, ['simulator', 'api'], configure);
  }, 60_000);
  afterAll(() => gateway.close(), 30_000);

  it('get the model that they lack, in the precision that is asked for, and a job waits for it', async () => {
    const { id } = await gateway.submit({
      type: 'generation',
      request: { prompt: 'Why?' },
      selection: { modelId: 'small-llama' },
    });
    await gateway.start('worker-ollama');
    const { status, error, attempts } = await gateway.read(id, 30);
    expect([status, error]).toEqual(['succeeded', null]);
    // Tries that waited cost nothing, and are no more than its time allows.
    expect(attempts.filter(({ outcome }) => outcome === 'succeeded')).toHaveLength(1);
    const log = (await (await fetch(`${gateway.vendorUrl}/log?limit=1000`)).json()) as {
      requests: { path: string; model: string | null }[];
    };
    const asked = log.requests.map(({ path, model }) => `${path} ${model}`);
    for (const one of [
      '/api/pull remote-llama:8b-fp16',
      '/api/create remote-llama:8b-q4_K_M',
      '/api/chat remote-llama:8b-q4_K_M',
    ]) {
      expect(asked.filter((each) => each === one)).toEqual([one]);
    }
  }, 60_000);

  it.each([
    ['stable_diffusion', 'pictures', 64, 32],
    ['openai', 'gpt-image-2', 1024, 1024],
  ])(
    'of %s: an image that comes as bytes is a file at an address, of its tenant only',
    async (kind, modelId, ...sides) => {
      await gateway.start(`worker-${kind.replaceAll('_', '-')}`);
      const draw = async (responseFormat?: string): Promise<ImageResult['images'][number]> => {
        const request = { prompt: 'a yard at night', seed: 7, ...(responseFormat !== undefined && { responseFormat }) };
        const { id } = await gateway.submit({ type: 'image', request, selection: { modelId } });
        const { status, error, result } = await gateway.read(id, 30);
        expect([status, error]).toEqual(['succeeded', null]);
        const image = result && 'images' in result ? result.images[0] : undefined;
        if (!image) throw new Error('There is no image.');
        return image;
      };
      const { url = '', base64, mimeType } = await draw();
      expect([base64, mimeType]).toEqual([undefined, 'image/png']);
      expect(url.startsWith(`${gateway.url}/v1/files/file_`)).toBe(true);
      const answer = await gateway.request(url);
      const png = Buffer.from(await answer.arrayBuffer());
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(sides);
      const foreign = await gateway.request(url, { headers: { authorization: 'Bearer sk-globex-0123456789abcdef' } });
      expect(foreign.status).toBe(404);
      expect((await draw('base64')).base64).toBe(png.toString('base64'));
    },
    60_000,
  );
});
