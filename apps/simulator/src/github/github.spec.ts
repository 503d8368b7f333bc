import { createLogger } from '@switchyard/telemetry';
import OpenAI from 'openai';
import { startSimulator, type RunningSimulator } from '../start-simulator.js';

let simulator: RunningSimulator;

beforeAll(async () => {
  const logger = createLogger({ name: 'simulator', level: 'silent' });
  simulator = await startSimulator({ host: '127.0.0.1', port: 0, logger });
});
afterAll(() => simulator.close());

const messages = [{ role: 'user' as const, content: 'Sort a list' }];

describe.each(['/inference', '/orgs/acme-corp/inference'])('GitHub Models at %s', (path) => {
  const open = () => new OpenAI({ apiKey: 'ghp_any', baseURL: `${simulator.url}${path}`, maxRetries: 0 });

  it('answers, streams and embeds', async () => {
    const whole = await open().chat.completions.create({ model: 'simulator/sim-chat', messages });
    const stream = await open().chat.completions.create({ model: 'simulator/sim-chat', messages, stream: true });
    let text = '';
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
    expect(text).toBe(whole.choices[0]?.message.content);
    const { data } = await open().embeddings.create({ model: 'simulator/sim-embedding', input: 'a' });
    expect(data[0]?.embedding).toHaveLength(384);
  });

  it('refuses as GitHub does', async () => {
    const refused = open().chat.completions.create({ model: 'sim-status-429', messages });
    await expect(refused).rejects.toMatchObject({ status: 429, code: 'RateLimitReached' });
  });
});

it('lists its models in a bare list', async () => {
  const catalog = await fetch(`${simulator.url}/catalog/models`);
  expect(await catalog.json()).toMatchObject([{ id: 'simulator/sim-chat' }, { id: 'simulator/sim-embedding' }]);
});
