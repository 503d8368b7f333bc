import { readFileSync } from 'node:fs';
import { type ModelCall } from '@switchyard/contract';
import {
  answer,
  CANARY_KEY,
  describeProvider,
  json,
  PATIENT,
  startFaultServer,
} from '@switchyard/provider-kit/testing';
import { createProvider, stableDiffusionDescription } from './adapter.js';
import { toImageRequest } from './image-request.js';

/** The bytes of a server's own description (`/docs`), as https://github.com/AUTOMATIC1111/stable-diffusion-webui/wiki/API shows them. */
function wire(name: string): string {
  return readFileSync(new URL(`./__fixtures__/${name}`, import.meta.url), 'utf8');
}

const HEADERS = { authorization: `Bearer ${CANARY_KEY}`, accept: 'application/json', 'user-agent': 'switchyard' };
const models = { body: wire('sd-models.json') };
const listing = { method: 'GET', path: '/sdapi/v1/sd-models', headers: HEADERS } as const;

function imageSent(body: Record<string, unknown>) {
  return { method: 'POST', path: '/sdapi/v1/txt2img', headers: HEADERS, body } as const;
}

describeProvider('stable_diffusion', {
  description: stableDiffusionDescription,
  createProvider,
  basePath: '',
  capabilities: {
    generate: 'unsupported',
    stream: 'unsupported',
    tools: 'unsupported',
    json: 'unsupported',
    imageInput: 'unsupported',
    audioInput: 'unsupported',
    fileInput: 'unsupported',
    code: 'unsupported',
    embed: 'unsupported',
    image: [
      {
        name: 'two images with every parameter',
        call: {
          providerModel: 'stable-diffusion-v1-5',
          options: { modelPath: 'v1-5-pruned-emaonly.safetensors [6ce0161689]' },
          request: {
            prompt: 'a yard at night, Bäume 👋',
            negativePrompt: 'people',
            size: '512x768',
            numInferenceSteps: 20,
            seed: 7,
            n: 2,
            responseFormat: 'url',
            quality: 'hd',
            providerOptions: {
              stable_diffusion: {
                cfg_scale: 7,
                sampler_name: 'Euler a',
                n_iter: 50,
                override_settings: { sd_model_checkpoint: 'another', outdir_samples: '/' },
              },
            },
          },
        },
        sent: imageSent({
          prompt: 'a yard at night, Bäume 👋',
          negative_prompt: 'people',
          width: 512,
          height: 768,
          steps: 20,
          seed: 7,
          batch_size: 2,
          override_settings: { sd_model_checkpoint: 'v1-5-pruned-emaonly.safetensors [6ce0161689]' },
          override_settings_restore_afterwards: false,
          save_images: false,
          cfg_scale: 7,
          sampler_name: 'Euler a',
        }),
        answer: { body: wire('txt2img.json') },
        reply: {
          images: [
            {
              base64:
                'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
              mimeType: 'image/png',
            },
            {
              base64:
                'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
              mimeType: 'image/png',
            },
          ],
          warnings: [
            'providerOptions.stable_diffusion.n_iter is set by the gateway and was left out.',
            'providerOptions.stable_diffusion.override_settings is set by the gateway and was left out.',
            'quality is not supported by this provider and was left out.',
          ],
        },
      },
      {
        name: 'one among other pictures, of a checkpoint that was not asked for',
        call: { providerModel: 'stable-diffusion-v1-5', request: { prompt: 'a yard', width: 515, height: 512 } },
        sent: imageSent({
          prompt: 'a yard',
          width: 512,
          height: 512,
          override_settings: { sd_model_checkpoint: 'stable-diffusion-v1-5' },
          override_settings_restore_afterwards: false,
          save_images: false,
        }),
        answer: { body: wire('txt2img-grid.json') },
        reply: {
          images: [{ base64: '/9j/4AAQSkZJRgABAQEASABIAAD/2wBD', mimeType: 'image/jpeg' }],
          warnings: [
            'width was 515, and is 512: a multiple of 8.',
            'The server has no checkpoint stable-diffusion-v1-5 and used dreamshaper_8; name one of its own as the model’s modelPath.',
          ],
        },
      },
    ],
    listModels: {
      sent: listing,
      answer: models,
      models: [{ id: 'v1-5-pruned-emaonly' }, { id: 'dreamshaper_8' }],
    },
    getModelInfo: {
      model: './models/dreamshaper_8.safetensors',
      sent: listing,
      found: models,
      missing: [json([])],
    },
  },
  errors: [
    {
      name: 'a wrong password',
      answer: json({ error: 'HTTPException', detail: 'Incorrect username or password', body: '', errors: '' }, 401),
      code: 'authentication',
    },
    {
      name: 'an unknown sampler',
      answer: json({ error: 'HTTPException', detail: 'Sampler not found', body: '', errors: '' }, 400),
      code: 'invalid_request',
      message: 'Sampler not found',
    },
    {
      name: 'a field of another type',
      answer: json(
        { detail: [{ loc: ['body', 'cfg_scale'], msg: 'value is not a valid float', type: 'type_error.float' }] },
        422,
      ),
      code: 'invalid_request',
      message: 'body.cfg_scale: value is not a valid float',
    },
    {
      name: 'too little memory',
      answer: json({ error: 'OutOfMemoryError', detail: '', body: '', errors: 'CUDA out of memory.' }, 500),
      code: 'overloaded',
    },
  ],
});

describe('a user and a password', () => {
  it('go as such, and stand in no error though the server repeats them', async () => {
    const server = await startFaultServer();
    const apiKey = 'painter:p4ssw0rd-of-the-yard';
    const sent = Buffer.from(apiKey).toString('base64');
    const provider = createProvider({
      name: 'pictures',
      kind: 'stable_diffusion',
      baseURL: server.url,
      apiKey,
      concurrency: 1,
      local: true,
      timeouts: PATIENT,
      options: {},
    });
    server.play(answer(json({ detail: `not ${apiKey} and not ${sent}` }, 400)));
    const call = provider.listModels({ signal: new AbortController().signal });
    await expect(call).rejects.toThrow('not [redacted] and not [redacted]');
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${sent}`);
    await provider.close();
    await server.close();
  });
});

describe('the size of an image', () => {
  const sidesOf = (request: ModelCall['request']) => {
    const { width, height } = toImageRequest({ providerModel: 'x', request }).body;
    return { width, height };
  };

  it('is what the request says of each side, else its size, else the server’s', () => {
    expect(sidesOf({ size: '512x768' })).toEqual({ width: 512, height: 768 });
    expect(sidesOf({ size: '512x768', height: 640 })).toEqual({ width: 512, height: 640 });
    expect(sidesOf({ size: 'auto', width: 7 })).toEqual({ width: 8, height: undefined });
    expect(sidesOf({})).toEqual({ width: undefined, height: undefined });
  });

  it('is refused before anything is sent where it is none', () => {
    expect(() => sidesOf({ size: 'large' })).toThrow(
      expect.objectContaining({ code: 'invalid_request', reachedVendor: false }),
    );
  });
});
