import { createLogger } from '@switchyard/telemetry';
import OpenAI from 'openai';
import { startSimulator, type RunningSimulator } from './start-simulator.js';

let simulator: RunningSimulator;
let client: OpenAI;

beforeAll(async () => {
  const logger = createLogger({ name: 'simulator', level: 'silent' });
  simulator = await startSimulator({ host: '127.0.0.1', port: 0, logger });
  client = new OpenAI({ apiKey: 'any', baseURL: `${simulator.url}/v1`, maxRetries: 0 });
});

afterAll(() => simulator.close());

const QUESTION = [{ role: 'user' as const, content: 'What is the weather in Paris tomorrow? ☂️' }];

function ask(model = 'sim-chat', options: { max_tokens?: number; headers?: Record<string, string> } = {}) {
  const { headers = {}, ...rest } = options;
  return client.chat.completions.create({ model, messages: QUESTION, ...rest }, { headers });
}

describe('chat completions, by the vendor’s own client', () => {
  it('answers the same each time, and differently to another model', async () => {
    const [first, second, other] = await Promise.all([ask(), ask(), ask('another-model')]);
    const content = first.choices[0]?.message.content;
    expect(content).toContain('What is the weather in Paris tomorrow?');
    expect(second.choices[0]?.message.content).toBe(content);
    expect(other.choices[0]?.message.content).not.toBe(content);
    expect(second.id).not.toBe(first.id);
    expect(first).toMatchObject({ object: 'chat.completion', model: 'sim-chat', choices: [{ finish_reason: 'stop' }] });
  });

  it('counts four bytes of every message as a token, and keeps to the cap', async () => {
    const { usage, choices } = await ask('sim-chat', { max_tokens: 5, headers: { 'x-simulate': 'tokens=64' } });
    const promptTokens = Math.ceil(Buffer.byteLength(QUESTION[0]?.content ?? '') / 4);
    expect(usage).toEqual({ prompt_tokens: promptTokens, completion_tokens: 5, total_tokens: promptTokens + 5 });
    expect(choices[0]?.finish_reason).toBe('length');
    const long = await ask('sim-tokens-1000');
    expect(long.usage?.completion_tokens).toBe(1_000);
    const twice = await client.chat.completions.create({
      model: 'sim-chat',
      messages: [{ role: 'system', content: 'x'.repeat(400) }, ...QUESTION],
    });
    expect(twice.usage?.prompt_tokens).toBeGreaterThanOrEqual(100 + promptTokens - 1);
  });

  it('streams what it answers otherwise, in pieces of the length that is asked for', async () => {
    const whole = (await ask('sim-chat')).choices[0]?.message.content;
    for (const chunk of [1, 7, 1_000]) {
      const stream = await client.chat.completions.create(
        { model: 'sim-chat', messages: QUESTION, stream: true, stream_options: { include_usage: true } },
        { headers: { 'x-simulate': `chunk=${chunk}` } },
      );
      const pieces: string[] = [];
      const finishes: unknown[] = [];
      let usage: unknown;
      for await (const event of stream) {
        const choice = event.choices[0];
        if (choice?.delta.content) pieces.push(choice.delta.content);
        if (choice?.finish_reason) finishes.push(choice.finish_reason);
        usage = event.usage ?? usage;
      }
      expect(pieces.join('')).toBe(whole);
      // A character of two units is never parted.
      expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(chunk + 1);
      expect(pieces.map((piece) => Buffer.from(piece).toString())).toEqual(pieces);
      expect(finishes).toEqual(['stop']);
      expect(usage).toMatchObject({ completion_tokens: Math.ceil(Buffer.byteLength(whole ?? '') / 4) });
    }
  });

  const tools: OpenAI.ChatCompletionTool[] = [
    {
      type: 'function',
      function: { name: 'send_mail', parameters: { type: 'object', properties: { to: { format: 'email' } } } },
    },
    {
      type: 'function',
      function: {
        name: 'get_weather',
        parameters: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer', maximum: 3 } } },
      },
    },
  ];

  it('calls the tool that the question means, then answers with what it said', async () => {
    const { choices } = await client.chat.completions.create({ model: 'sim-chat', messages: QUESTION, tools });
    expect(choices[0]?.finish_reason).toBe('tool_calls');
    const call = choices[0]?.message.tool_calls?.[0];
    if (call?.type !== 'function') throw new Error('no call');
    expect(call.function.name).toBe('get_weather');
    expect(JSON.parse(call.function.arguments)).toEqual({ city: 'Paris', days: expect.any(Number) });
    const second = await client.chat.completions.create({
      model: 'sim-chat',
      messages: [
        ...QUESTION,
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: call.id, content: '{"sky":"grey"}' },
      ],
      tools,
    });
    expect(second.choices[0]?.message.content).toContain('The tool says: "{"sky":"grey"}"');
  });

  it('obeys tool_choice, and streams a call', async () => {
    const base = { model: 'sim-chat', messages: [{ role: 'user' as const, content: 'Hello!' }], tools };
    const named = { type: 'function' as const, function: { name: 'send_mail' } };
    const [auto, required, none, chosen] = await Promise.all(
      (['auto', 'required', 'none', named] as const).map((tool_choice) =>
        client.chat.completions.create({ ...base, tool_choice }),
      ),
    );
    expect(auto?.choices[0]?.message.tool_calls).toBeUndefined();
    expect(required?.choices[0]?.message.tool_calls).toHaveLength(1);
    expect(none?.choices[0]?.message.content).toContain('Hello!');
    expect(chosen?.choices[0]?.message.tool_calls).toMatchObject([{ function: { name: 'send_mail' } }]);
    const runner = client.chat.completions.stream(
      { ...base, tool_choice: named },
      { headers: { 'x-simulate': 'chunk=3' } },
    );
    const streamed = await runner.finalChatCompletion();
    expect(streamed.choices[0]?.message.tool_calls).toMatchObject([
      { function: { name: 'send_mail', arguments: '{"to":"dispatcher@example.com"}' } },
    ]);
    expect(streamed.choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('answers JSON where the format asks for it', async () => {
    const schema = { type: 'object', properties: { city: { type: 'string' }, good: { type: 'boolean' } } };
    const [object, fitted] = await Promise.all(
      [{ type: 'json_object' as const }, { type: 'json_schema' as const, json_schema: { name: 'x', schema } }].map(
        (response_format) => client.chat.completions.create({ model: 'sim-chat', messages: QUESTION, response_format }),
      ),
    );
    expect(JSON.parse(object?.choices[0]?.message.content ?? '')).toEqual(expect.any(Object));
    expect(JSON.parse(fitted?.choices[0]?.message.content ?? '')).toEqual({ city: 'Paris', good: expect.any(Boolean) });
  });
});

describe('embeddings', () => {
  it('gives the same vectors as numbers and as base64', async () => {
    const input = ['one', 'two', 'one'];
    const packed = await client.embeddings.create({ model: 'sim-embedding', input });
    const plain = await client.embeddings.create({ model: 'sim-embedding', input, encoding_format: 'float' });
    expect(packed.data.map(({ embedding }) => embedding)).toEqual(plain.data.map(({ embedding }) => embedding));
    expect(packed.data[0]?.embedding).toHaveLength(384);
    expect(packed.data[2]?.embedding).toEqual(packed.data[0]?.embedding);
    expect(packed.data[1]?.embedding).not.toEqual(packed.data[0]?.embedding);
    expect(packed.usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
    const short = await client.embeddings.create({ model: 'e', input: [1, 2, 3], dimensions: 5 });
    expect(short.data[0]?.embedding).toHaveLength(5);
    expect(short.usage.prompt_tokens).toBe(3);
  });

  it.each([[''], [[]], [['a', '']], [{}]])('refuses the input %j', async (input) => {
    const refused = client.embeddings.create({ model: 'e', input: input as string });
    await expect(refused).rejects.toMatchObject({ status: 400, type: 'invalid_request_error' });
  });
});

describe('images, models, moderations', () => {
  it('draws images, by content and by an address that serves the same', async () => {
    const base = { model: 'sim-image', prompt: 'a yard at night', n: 2, size: '256x256' as const };
    const packed = await client.images.generate({ ...base, response_format: 'b64_json' });
    const linked = await client.images.generate({ ...base, response_format: 'url' });
    expect(packed.data).toHaveLength(2);
    expect(packed.data?.[0]?.b64_json).not.toBe(packed.data?.[1]?.b64_json);
    const response = await fetch(linked.data?.[1]?.url ?? '');
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await response.arrayBuffer()).toString('base64')).toBe(packed.data?.[1]?.b64_json);
    const missing = await fetch(`${simulator.url}/images/9999x1-00000000.png`);
    expect(missing.status).toBe(404);
  });

  it('answers bytes for a GPT Image model, which takes no other wish', async () => {
    const base = { model: 'gpt-image-2', prompt: 'a yard at night', size: '1024x1024' as const };
    const made = await client.images.generate(base);
    expect([made.output_format, made.data?.[0]?.url, typeof made.data?.[0]?.b64_json]).toEqual([
      'png',
      undefined,
      'string',
    ]);
    const refused = client.images.generate({ ...base, response_format: 'url' });
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'response_format' });
  });

  it('lists its models and has any other by name, unless it steers to an error', async () => {
    const names = (await client.models.list()).data.map(({ id }) => id);
    expect(names).toEqual(['sim-chat', 'sim-embedding', 'sim-image', 'sim-moderation']);
    expect(await client.models.retrieve('meta/llama-3')).toMatchObject({ id: 'meta/llama-3', object: 'model' });
    await expect(client.models.retrieve('sim-status-404')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });

  it('moderates by a few plain words', async () => {
    const { results } = await client.moderations.create({ input: ['a quiet yard', 'I will kill the process'] });
    expect(results.map(({ flagged }) => flagged)).toEqual([false, true]);
    expect(results[1]?.categories.violence).toBe(true);
  });
});
