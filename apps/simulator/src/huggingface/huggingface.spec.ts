import { createLogger } from '@switchyard/telemetry';
import { startSimulator, type RunningSimulator } from '../start-simulator.js';

let simulator: RunningSimulator;

beforeAll(async () => {
  const logger = createLogger({ name: 'simulator', level: 'silent' });
  simulator = await startSimulator({ host: '127.0.0.1', port: 0, logger });
});
afterAll(() => simulator.close());

async function post(path: string, body: object, simulate?: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(simulate !== undefined && { 'x-simulate': simulate }) };
  return await fetch(`${simulator.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function vectors(path: string, body: object): Promise<number[][]> {
  return (await (await post(path, body)).json()) as number[][];
}

const lengthOf = (vector: readonly number[] = []) => Math.hypot(...vector);

describe.each(['/embed', '/hf-inference/models/BAAI/bge-small-en-v1.5/pipeline/feature-extraction'])('%s', (path) => {
  it('answers a vector for each text, the same again', async () => {
    const first = await vectors(path, { inputs: ['a yard', 'a yard at night'] });
    expect(first.map((vector) => vector.length)).toEqual([384, 384]);
    expect(await vectors(path, { inputs: 'a yard' })).toEqual([first[0]]);
    expect(lengthOf(first[1])).toBeCloseTo(1, 5);
    const [raw] = await vectors(path, { inputs: 'a yard', normalize: false });
    expect(lengthOf(raw)).toBeGreaterThan(2);
  });

  it('tells its tokens in a header', async () => {
    const tokens = async (simulate?: string) =>
      (await post(path, { inputs: ['12345678', '1234'] }, simulate)).headers.get('x-compute-tokens');
    expect(await tokens()).toBe('3');
    expect(await tokens('usage=zero')).toBe('0');
    expect(await tokens('usage=none')).toBeNull();
  });

  it('cuts what is too long when told to, and refuses it otherwise', async () => {
    const long = 'word '.repeat(1_000);
    const refused = await post(path, { inputs: long });
    expect([refused.status, await refused.json()]).toEqual([
      413,
      {
        error: 'Input validation error: `inputs` must have less than 512 tokens. Given: 1250',
        error_type: 'Validation',
      },
    ]);
    expect((await post(path, { inputs: long, truncate: true })).headers.get('x-compute-tokens')).toBe('512');
  });

  it('refuses what is no text, and too many of them', async () => {
    expect((await post(path, {})).status).toBe(422);
    expect((await post(path, { inputs: ['a', 5] })).status).toBe(422);
    expect((await post(path, { inputs: Array.from({ length: 33 }, () => 'a') })).status).toBe(413);
  });

  it.each([
    [429, 'Overloaded'],
    [424, 'Backend'],
    [503, 'Unhealthy'],
    [500, 'Backend'],
  ])('refuses with %i as asked', async (status, type) => {
    const refused = await post(path, { inputs: 'a' }, `status=${status}`);
    expect([refused.status, await refused.json()]).toMatchObject([status, { error_type: type }]);
  });
});

it('steers by the name of a model in the address', async () => {
  const refused = await post('/hf-inference/models/acme/sim-status-503/pipeline/feature-extraction', { inputs: 'a' });
  expect(refused.status).toBe(503);
});
