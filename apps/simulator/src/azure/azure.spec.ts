import { createLogger } from '@switchyard/telemetry';
import { AzureOpenAI } from 'openai';
import { startSimulator, type RunningSimulator } from '../start-simulator.js';

let simulator: RunningSimulator;
let client: AzureOpenAI;

beforeAll(async () => {
  const logger = createLogger({ name: 'simulator', level: 'silent' });
  simulator = await startSimulator({ host: '127.0.0.1', port: 0, logger });
  client = new AzureOpenAI({ endpoint: simulator.url, apiKey: 'any', apiVersion: '2024-10-21', maxRetries: 0 });
});
afterAll(() => simulator.close());

const messages = [{ role: 'user' as const, content: 'What is the weather in Köln?' }];

describe('Azure, by its vendor’s own client', () => {
  it('answers for a deployment, and says what the content filter found', async () => {
    const answer = await client.chat.completions.create({ model: 'prod', messages });
    expect(answer).toMatchObject({
      model: 'prod',
      prompt_filter_results: [{ prompt_index: 0 }],
      choices: [{ finish_reason: 'stop', message: { content: expect.stringContaining('weather in Köln') } }],
    });
  });

  it('streams the same', async () => {
    const whole = await client.chat.completions.create({ model: 'prod', messages });
    const stream = await client.chat.completions.create({ model: 'prod', messages, stream: true });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks[0]).toMatchObject({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] });
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
    expect(text).toBe(whole.choices[0]?.message.content);
  });

  it('embeds, draws and lists', async () => {
    expect((await client.embeddings.create({ model: 'vectors', input: 'Köln' })).data[0]?.embedding).toHaveLength(384);
    const drawn = await client.images.generate({ model: 'pictures', prompt: 'Köln', size: '256x256' });
    expect(drawn.data).toHaveLength(1);
    expect((await client.models.list()).data.length).toBeGreaterThan(0);
    expect(await client.models.retrieve('any')).toMatchObject({ id: 'any' });
  });

  it('filters a prompt, or an answer, on the way', async () => {
    const refused = client.chat.completions.create({ model: 'sim-filter-prompt', messages });
    await expect(refused).rejects.toMatchObject({ status: 400, code: 'content_filter' });
    const [whole, cut] = await Promise.all(
      ['', 'filter=answer'].map((steering) =>
        client.chat.completions.create({ model: 'prod', messages }, { headers: { 'x-simulate': steering } }),
      ),
    );
    expect(cut?.choices[0]?.finish_reason).toBe('content_filter');
    const [said = '', kept = ''] = [whole, cut].map((answer) => answer?.choices[0]?.message.content ?? '');
    expect(said.startsWith(kept) && kept.length * 2 <= said.length && kept !== '').toBe(true);
  });

  it.each([
    ['sim-status-404', 404, 'DeploymentNotFound'],
    ['sim-status-429,retry-after-0', 429, '429'],
  ])('refuses as Azure does: %s', async (model, status, code) => {
    await expect(client.chat.completions.create({ model, messages })).rejects.toMatchObject({ status, code });
  });

  it.each(['', '?api-version=latest'])('knows no route without a version (%j)', async (query) => {
    const url = `${simulator.url}/openai/deployments/prod/chat/completions${query}`;
    const refused = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages }),
    });
    expect(refused.status).toBe(404);
    expect(await refused.json()).toEqual({ error: { code: '404', message: 'Resource not found' } });
  });
});
