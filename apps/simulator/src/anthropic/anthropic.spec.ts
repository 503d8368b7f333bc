import Anthropic from '@anthropic-ai/sdk';
import { createLogger } from '@switchyard/telemetry';
import { startSimulator, type RunningSimulator } from '../start-simulator.js';

let simulator: RunningSimulator;
let client: Anthropic;

beforeAll(async () => {
  const logger = createLogger({ name: 'simulator', level: 'silent' });
  simulator = await startSimulator({ host: '127.0.0.1', port: 0, logger });
  client = new Anthropic({ apiKey: 'any', baseURL: simulator.url, maxRetries: 0 });
});

afterAll(() => simulator.close());

const QUESTION = { role: 'user' as const, content: 'What is the weather in Paris tomorrow? ☂️' };

const BASE = { model: 'sim-claude', max_tokens: 100, messages: [QUESTION] };

function ask(changes: Partial<Anthropic.MessageCreateParamsNonStreaming> = {}, steering?: string) {
  return client.messages.create({ ...BASE, ...changes }, { headers: steering ? { 'x-simulate': steering } : {} });
}

function textOf({ content }: Anthropic.Message): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

/** An answer of unknown shape; each test says what it expects of it. */
type Json = ReturnType<typeof JSON.parse>;

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(simulator.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const PUBLISHER = '/v1/projects/acme/locations/us-east5/publishers/anthropic/models';

describe('messages, by the vendor’s own client', () => {
  it('answers the same each time, and differently to another model', async () => {
    const [first, second, other] = await Promise.all([ask(), ask(), ask({ model: 'another' })]);
    expect(textOf(first)).toContain('What is the weather in Paris tomorrow?');
    expect(textOf(second)).toBe(textOf(first));
    expect(textOf(other)).not.toBe(textOf(first));
    expect(second.id).not.toBe(first.id);
    expect(first).toMatchObject({ type: 'message', role: 'assistant', model: 'sim-claude', stop_reason: 'end_turn' });
  });

  it('counts four bytes of all that was said as a token, and keeps to the cap and the stops', async () => {
    const system = 'x'.repeat(400);
    const inputTokens = 100 + Math.ceil(Buffer.byteLength(QUESTION.content) / 4);
    const capped = await ask({ max_tokens: 5, system }, 'tokens=64');
    expect(capped).toMatchObject({
      stop_reason: 'max_tokens',
      usage: { input_tokens: inputTokens, output_tokens: 5, cache_read_input_tokens: 0 },
    });
    expect(await client.messages.countTokens({ model: 'm', system, messages: [QUESTION] })).toEqual({
      input_tokens: inputTokens,
    });
    const stopped = await ask({ stop_sequences: ['tomorrow', 'weather'] });
    expect(stopped).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'weather' });
    expect(textOf(stopped)).toBe('You asked: "What is the ');
  });

  it('streams what it answers otherwise, thoughts included', async () => {
    const thinking = { type: 'adaptive' as const };
    const whole = await ask({ thinking });
    expect(whole.content.map(({ type }) => type)).toEqual(['thinking', 'text']);
    for (const chunk of [1, 7, 1_000]) {
      const headers = { 'x-simulate': `chunk=${chunk}` };
      const streamed = await client.messages.stream({ ...BASE, thinking }, { headers }).finalMessage();
      const { id: _id, content, usage, ...rest } = streamed;
      expect(rest).toMatchObject({ model: whole.model, stop_reason: whole.stop_reason });
      expect(content[0]).toMatchObject({ ...whole.content[0] });
      expect(textOf(streamed)).toBe(textOf(whole));
      expect(usage).toMatchObject({ ...whole.usage });
    }
  });

  const tools: Anthropic.Tool[] = [
    { name: 'send_mail', input_schema: { type: 'object', properties: { to: { format: 'email' } } } },
    {
      name: 'get_weather',
      input_schema: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer', maximum: 3 } } },
    },
  ];

  it('calls the tool that the question means, then answers with what it said', async () => {
    const first = await ask({ tools });
    expect(first.stop_reason).toBe('tool_use');
    const [call] = first.content;
    if (call?.type !== 'tool_use') throw new Error('no call');
    expect(call).toMatchObject({ name: 'get_weather', input: { city: 'Paris', days: expect.any(Number) } });
    const second = await ask({
      tools,
      messages: [
        QUESTION,
        { role: 'assistant', content: first.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: '{"sky":"grey"}' }] },
      ],
    });
    expect(textOf(second)).toContain('The tool says: "{"sky":"grey"}"');
  });

  it('obeys tool_choice, and streams a call', async () => {
    const messages = [{ role: 'user' as const, content: 'Hello!' }];
    const named = { type: 'tool' as const, name: 'send_mail' };
    const choices = [{ type: 'auto' as const }, { type: 'any' as const }, { type: 'none' as const }, named];
    const [auto, any, none, chosen] = await Promise.all(
      choices.map((tool_choice) => ask({ messages, tools, tool_choice })),
    );
    expect(auto?.stop_reason).toBe('end_turn');
    expect(any?.content).toMatchObject([{ type: 'tool_use' }]);
    expect(none?.stop_reason).toBe('end_turn');
    expect(chosen?.content).toMatchObject([{ type: 'tool_use', name: 'send_mail' }]);
    const stream = client.messages.stream(
      { ...BASE, messages, tools, tool_choice: named },
      { headers: { 'x-simulate': 'chunk=3' } },
    );
    expect((await stream.finalMessage()).content).toMatchObject([
      { type: 'tool_use', name: 'send_mail', input: { to: 'dispatcher@example.com' } },
    ]);
  });

  it('answers JSON where the format asks for it, or the system prompt', async () => {
    const schema = { type: 'object', properties: { city: { type: 'string' }, good: { type: 'boolean' } } };
    const fitted = { city: 'Paris', good: expect.any(Boolean) as unknown };
    const byFormat = await ask({ output_config: { format: { type: 'json_schema', schema } } });
    expect(JSON.parse(textOf(byFormat))).toEqual(fitted);
    const inWords = await ask({ system: `Fit this JSON Schema:\n${JSON.stringify(schema)}` });
    expect(JSON.parse(textOf(inWords))).toEqual(fitted);
    expect(JSON.parse(textOf(await ask({ system: 'Answer with one JSON object.' })))).toEqual(expect.any(Object));
  });

  it('sees images and documents', async () => {
    const image = { type: 'image' as const, source: { type: 'url' as const, url: 'https://a.example/b.png' } };
    const document = {
      type: 'document' as const,
      source: { type: 'text' as const, media_type: 'text/plain' as const, data: 'x'.repeat(40) },
    };
    const { usage } = await ask({ messages: [{ role: 'user', content: [image, document] }] });
    expect(usage.input_tokens).toBe(85 + 10);
  });

  it.each([
    [{ max_tokens: undefined }, 'max_tokens: Field required'],
    [{ messages: [] }, 'messages: at least one message is required'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, "messages.0.role: Input should be 'user' or 'assistant'"],
    [{ messages: [{ role: 'user', content: [{ type: 'text', text: ' ' }] }] }, 'must be non-empty'],
    [{ messages: [{ role: 'user', content: [{ type: 'audio' }] }] }, "Input tag 'audio'"],
    [{ temperature: 1 }, 'temperature: Extra inputs are not permitted'],
    [{ tools: [{ name: 'f' }] }, "tools.0.input_schema.type: Input should be 'object'"],
    [{ tool_choice: { type: 'any' } }, 'may only be specified while providing tools'],
    [{ stop_sequences: [' '] }, 'must contain non-whitespace'],
  ])('refuses %j', async (changes, message) => {
    const refused = ask(changes as Partial<Anthropic.MessageCreateParamsNonStreaming>);
    await expect(refused).rejects.toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      message: expect.stringContaining(message),
    });
  });

  it('takes a temperature by the version before, and nothing without a version', async () => {
    const body = { ...BASE, temperature: 0.5 };
    expect((await post('/v1/messages', body, { 'anthropic-version': '2023-06-01' })).status).toBe(200);
    expect((await post('/v1/messages', body)).status).toBe(400);
  });
});

describe('faults on demand', () => {
  it.each([
    [401, 'authentication_error'],
    [402, 'billing_error'],
    [404, 'not_found_error'],
    [413, 'request_too_large'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [529, 'overloaded_error'],
  ])('answers %i as Anthropic does', async (status, type) => {
    const error: unknown = await ask({ model: `sim-status-${status},retry-after-2` }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(error).toMatchObject({ status, type, requestID: expect.stringMatching(/^req_/) });
    expect((error as InstanceType<typeof Anthropic.APIError>).headers?.get('retry-after')).toBe('2');
  });

  const streamed = async (steering: string) => {
    const headers = { 'anthropic-version': '2026-10-21', 'x-simulate': steering };
    return (await post('/v1/messages', { ...BASE, stream: true }, headers)).text();
  };

  it('ends a stream with an error, or without its last events', async () => {
    const failed = (await streamed('fail-after=3')).trim().split('\n\n');
    expect(failed).toHaveLength(4);
    expect(failed.at(-1)).toMatch(/^event: error\ndata: .*"overloaded_error"/);
    const half = await streamed('body=half');
    expect(half).toContain('content_block_stop');
    expect(half).not.toContain('message_stop');
  });

  it.each([
    ['none', undefined],
    ['zero', 0],
    ['text', '1'],
  ])('tells its usage as %s', async (report, outputTokens) => {
    const events = (await streamed(`usage=${report}`)).split('\n\n');
    const [start] = events;
    const begun: Json = JSON.parse(start?.split('data: ')[1] ?? '');
    expect(begun.message.usage?.output_tokens).toBe(outputTokens);
  });

  it('words a body that cannot be read, and a path that it does not have, as Anthropic does', async () => {
    for (const [path, status] of [
      ['/v1/messages', 400],
      ['/v1/messages/batches', 404],
      [`${PUBLISHER}/sim-claude:predict`, 404],
    ] as const) {
      const response = await post(path, path === '/v1/messages' ? '{"model":' : {});
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ type: 'error', error: { message: expect.any(String) } });
    }
  });
});

describe('models', () => {
  it('are Anthropic’s for its client, page by page, and OpenAI’s for others', async () => {
    const names: string[] = [];
    for await (const model of client.models.list({ limit: 1 })) names.push(model.id);
    expect(names).toEqual(['sim-claude', 'sim-claude-small']);
    expect(await client.models.retrieve('claude-of-mine')).toMatchObject({ type: 'model', id: 'claude-of-mine' });
    await expect(client.models.retrieve('sim-status-404')).rejects.toMatchObject({ type: 'not_found_error' });
    const others: Json = await (await fetch(`${simulator.url}/v1/models`)).json();
    expect(others).toMatchObject({ object: 'list', data: [{ object: 'model' }, {}, {}, {}] });
  });
});

describe('on Vertex AI', () => {
  const { model: _model, ...body } = { ...BASE, anthropic_version: 'vertex-2023-10-16', temperature: 0.5 };

  it('answers by the model that the path names, whole and streamed', async () => {
    const whole: Json = await (await post(`${PUBLISHER}/claude-a@20250929:rawPredict`, body)).json();
    expect(whole).toMatchObject({ type: 'message', model: 'claude-a@20250929', stop_reason: 'end_turn' });
    const stream = await post(`${PUBLISHER}/claude-a@20250929:streamRawPredict`, { ...body, stream: true });
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    expect(await stream.text()).toMatch(/event: message_stop\n.*\n\n$/);
    const count: Json = await (
      await post(`${PUBLISHER}/count-tokens:rawPredict`, { ...body, model: 'claude-a' })
    ).json();
    expect(count).toEqual({ input_tokens: expect.any(Number) });
    const steered = await post(`${PUBLISHER}/sim-status-429:rawPredict`, body);
    expect(steered.status).toBe(429);
  });

  it('wants the version in the body', async () => {
    const { anthropic_version: _version, ...unversioned } = body;
    expect((await post(`${PUBLISHER}/m:rawPredict`, unversioned)).status).toBe(400);
  });

  it('lists what its publisher has', async () => {
    const list: Json = await (await fetch(`${simulator.url}/v1beta1/publishers/anthropic/models`)).json();
    expect(list.publisherModels[0]).toMatchObject({ name: 'publishers/anthropic/models/sim-claude' });
    const one: Json = await (await fetch(`${simulator.url}/v1/publishers/anthropic/models/claude-a@2025`)).json();
    expect(one).toMatchObject({ name: 'publishers/anthropic/models/claude-a', versionId: '2025' });
  });
});
