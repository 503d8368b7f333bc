import { createLogger } from '@switchyard/telemetry';
import { Ollama, type ProgressResponse } from 'ollama/browser';
import { startSimulator, type RunningSimulator } from '../start-simulator.js';

let simulator: RunningSimulator;
let client: Ollama;

beforeAll(async () => {
  const logger = createLogger({ name: 'simulator', level: 'silent' });
  simulator = await startSimulator({ host: '127.0.0.1', port: 0, logger });
  client = new Ollama({ host: simulator.url });
});

afterAll(() => simulator.close());

const QUESTION = [{ role: 'user', content: 'What is the weather in Paris tomorrow? ☂️' }];

async function reportsOf(stream: AsyncIterable<ProgressResponse>): Promise<ProgressResponse[]> {
  const reports: ProgressResponse[] = [];
  for await (const report of stream) reports.push(report);
  return reports;
}

describe('Ollama’s API, by the vendor’s own client', () => {
  it('streams what it answers otherwise, the same each time', async () => {
    const whole = await client.chat({ model: 'sim-llama', messages: QUESTION });
    expect(whole).toMatchObject({
      model: 'sim-llama',
      done: true,
      done_reason: 'stop',
      message: { role: 'assistant' },
    });
    expect(whole.message.content).toContain('What is the weather in Paris tomorrow?');
    expect(whole.prompt_eval_count).toBe(Math.ceil(Buffer.byteLength(QUESTION[0]?.content ?? '') / 4));
    let text = '';
    let pieces = 0;
    for await (const part of await client.chat({ model: 'sim-llama', messages: QUESTION, stream: true })) {
      text += part.message.content;
      pieces += 1;
      if (part.done) expect(part.eval_count).toBe(whole.eval_count);
    }
    expect(text).toBe(whole.message.content);
    expect(pieces).toBeGreaterThan(2);
  });

  it('keeps to the cap and to stops, and loads a model for no turns', async () => {
    const capped = await client.chat({ model: 'sim-llama', messages: QUESTION, options: { num_predict: 3 } });
    expect([capped.done_reason, capped.eval_count]).toEqual(['length', 3]);
    const stopped = await client.chat({ model: 'sim-llama', messages: QUESTION, options: { stop: ['weather'] } });
    expect(stopped.message.content).toMatch(/What is the $/);
    const loaded = await client.chat({ model: 'sim-llama', messages: [] });
    expect([loaded.done_reason, loaded.message.content]).toEqual(['load', '']);
  });

  it('calls the tool that the question means, and answers JSON where the format asks for it', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }];
    const called = await client.chat({ model: 'sim-llama', messages: QUESTION, tools });
    expect(called.message.tool_calls).toEqual([{ function: { name: 'get_weather', arguments: { city: 'Paris' } } }]);
    const told = await client.chat({
      model: 'sim-llama',
      messages: [...QUESTION, called.message, { role: 'tool', content: 'grey', tool_name: 'get_weather' }],
      tools,
    });
    expect(told.message.content).toContain('The tool says: "grey"');
    const format = { type: 'object', properties: { city: { type: 'string' }, good: { type: 'boolean' } } };
    const fitted = await client.chat({ model: 'sim-llama', messages: QUESTION, format });
    expect(JSON.parse(fitted.message.content)).toEqual({ city: 'Paris', good: expect.any(Boolean) as unknown });
    const object = await client.chat({ model: 'sim-llama', messages: QUESTION, format: 'json' });
    expect(JSON.parse(object.message.content)).toEqual(expect.any(Object));
  });

  it('counts an image, and refuses what is none', async () => {
    const ask = (image: string) =>
      client.chat({ model: 'sim-llama', messages: [{ role: 'user', content: 'four', images: [image] }] });
    expect((await ask('iVBORw0KGgo=')).prompt_eval_count).toBe(86);
    await expect(ask('https://example.com/a.png')).rejects.toMatchObject({ status_code: 400 });
  });

  it('embeds texts', async () => {
    const { embeddings, prompt_eval_count: tokens } = await client.embed({
      model: 'sim-embed',
      input: ['one', 'one', 'two'],
    });
    expect(embeddings.map((vector) => vector.length)).toEqual([384, 384, 384]);
    expect(embeddings[0]).toEqual(embeddings[1]);
    expect(embeddings[0]).not.toEqual(embeddings[2]);
    expect(tokens).toBe(3);
    const short = await client.embed({ model: 'sim-embed', input: 'x', dimensions: 5 });
    expect(short.embeddings[0]).toHaveLength(5);
  });

  it('has a remote model once it was pulled, with progress on the way', async () => {
    const model = 'remote-llama';
    for (const ask of [client.show({ model }), client.chat({ model, messages: QUESTION })]) {
      await expect(ask).rejects.toMatchObject({ status_code: 404, message: `model '${model}' not found` });
    }
    const reports = await reportsOf(await client.pull({ model, stream: true }));
    expect(reports[0]).toEqual({ status: 'pulling manifest' });
    expect(reports.at(-1)).toEqual({ status: 'success' });
    const shares = reports
      .filter(({ total }) => total === 4_000_000_000)
      .map(({ completed, total }) => completed / total);
    expect([shares[0], shares.at(-1)]).toEqual([0, 1]);
    expect((await client.show({ model })).details.quantization_level).toBe('Q4_K_M');
    expect((await client.list()).models.map(({ name }) => name)).toContain('remote-llama:latest');
  });

  it('makes a variant of a model in full precision, and of no other', async () => {
    const model = 'remote-llama:8b-q8_0';
    const created = await reportsOf(
      await client.create({ model, from: 'sim-llama:8b-fp16', quantize: 'q8_0', stream: true }),
    );
    expect(created.map(({ status }) => status)).toEqual(
      expect.arrayContaining(['quantizing F16 model to Q8_0', 'success']),
    );
    expect((await client.show({ model })).details.quantization_level).toBe('Q8_0');
    const refused = [
      { model: 'x', from: 'sim-llama', quantize: 'q8_0' },
      { model: 'x', from: 'sim-llama:8b-fp16', quantize: 'q9_9' },
      { model: 'x', from: 'remote-nothing' },
    ].map((request) => client.create(request));
    expect(
      (await Promise.allSettled(refused)).map((each) => each.status === 'rejected' && String(each.reason)),
    ).toEqual([
      expect.stringContaining('only supported for F16 and F32'),
      expect.stringContaining('unsupported quantization type Q9_9'),
      expect.stringContaining("'remote-nothing' not found"),
    ]);
  });

  it('fails as it is steered, also in mid-stream', async () => {
    await expect(client.chat({ model: 'sim-status-503', messages: QUESTION })).rejects.toMatchObject({
      status_code: 503,
      message: expect.stringContaining('server busy') as unknown,
    });
    const read = async (): Promise<void> => {
      for await (const part of await client.chat({ model: 'sim-fail-after-2', messages: QUESTION, stream: true })) {
        expect(part.done).toBe(false);
      }
    };
    await expect(read()).rejects.toThrow('an error was encountered');
  });
});
