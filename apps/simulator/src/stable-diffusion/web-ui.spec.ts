import { createLogger } from '@switchyard/telemetry';
import { startSimulator, type RunningSimulator } from '../start-simulator.js';

let simulator: RunningSimulator;

beforeAll(async () => {
  const logger = createLogger({ name: 'simulator', level: 'silent' });
  simulator = await startSimulator({ host: '127.0.0.1', port: 0, logger });
});

afterAll(() => simulator.close());

interface Drawn {
  readonly status: number;
  readonly body: { readonly images: string[]; readonly info: string; readonly detail?: unknown };
}

async function draw(fields: object): Promise<Drawn> {
  const response = await fetch(`${simulator.url}/sdapi/v1/txt2img`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'a yard at night', width: 64, height: 32, ...fields }),
  });
  return { status: response.status, body: (await response.json()) as Drawn['body'] };
}

describe('the Stable Diffusion web UI', () => {
  it('draws the same for the same seed, one image for each of a batch', async () => {
    const first = await draw({ seed: 7, batch_size: 2 });
    const again = await draw({ seed: 7, batch_size: 2 });
    const other = await draw({ seed: 8 });
    expect(first.body.images).toHaveLength(2);
    expect(first.body.images[0]).not.toBe(first.body.images[1]);
    expect(again.body.images).toEqual(first.body.images);
    expect(other.body.images).toEqual([first.body.images[1]]);
    const png = Buffer.from(first.body.images[0] ?? '', 'base64');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([64, 32]);
    expect(JSON.parse(first.body.info)).toMatchObject({ all_seeds: [7, 8], sd_model_name: 'sim-diffusion' });
  });

  it('draws with the checkpoint that is named, another picture', async () => {
    const named = await draw({
      seed: 7,
      override_settings: { sd_model_checkpoint: 'models/night.safetensors [0a1b]' },
    });
    expect(JSON.parse(named.body.info)).toMatchObject({ sd_model_name: 'night' });
    expect(named.body.images).not.toEqual((await draw({ seed: 7 })).body.images);
  });

  it.each([
    [{ sampler_name: 'Sketch' }, 400, 'Sampler not found'],
    [{ width: 5_000 }, 422, 'body.width, body.height: from 1 to 2048'],
    [{ batch_size: 'two' }, 422, 'body.batch_size: Input should be a valid integer'],
    [{ override_settings: { sd_model_checkpoint: 'sim-status-401' } }, 401, 'Incorrect username or password'],
  ])('refuses %j', async (fields, status, detail) => {
    expect(await draw(fields)).toMatchObject({ status, body: { detail } });
  });

  it('lists its checkpoints', async () => {
    const response = await fetch(`${simulator.url}/sdapi/v1/sd-models`);
    expect(await response.json()).toMatchObject([{ model_name: 'sim-diffusion' }, { model_name: 'sim-diffusion-xl' }]);
  });
});
