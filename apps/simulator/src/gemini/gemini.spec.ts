import { VertexAI } from '@google-cloud/vertexai';
import { type Content, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai';
import { createLogger } from '@switchyard/telemetry';
import { startSimulator, type RunningSimulator } from '../start-simulator.js';

const QUESTION = 'What is the weather in Paris tomorrow? ☂️';
const parameters = { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] };
const tools = [{ functionDeclarations: [{ name: 'get_weather', parametersJsonSchema: parameters }] }];

let simulator: RunningSimulator;
let client: GoogleGenAI;

beforeAll(async () => {
  const logger = createLogger({ name: 'simulator', level: 'silent' });
  simulator = await startSimulator({ host: '127.0.0.1', port: 0, logger });
  client = new GoogleGenAI({
    vertexai: true,
    project: 'yard-1',
    location: 'us-central1',
    apiKey: 'any',
    // Without one of ours it brings a dispatcher along that Jest's world has no place for.
    httpOptions: { baseUrl: simulator.url, fetch: (input, init) => fetch(input, init) },
  });
});

afterAll(() => simulator.close());

function steered(steering: string) {
  return { httpOptions: { headers: { 'x-simulate': steering } } };
}

/** Asks without a client. */
async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${simulator.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

describe('Gemini, by Google’s own client', () => {
  it('answers the same each time, and counts', async () => {
    const ask = (model = 'sim-chat') => client.models.generateContent({ model, contents: QUESTION });
    const [first, second, other] = await Promise.all([ask(), ask(), ask('gemini-2.5-flash')]);
    expect(first.text).toContain('What is the weather in Paris tomorrow?');
    expect(second.text).toBe(first.text);
    expect(other.text).not.toBe(first.text);
    expect(second.responseId).not.toBe(first.responseId);
    const promptTokenCount = Math.ceil(Buffer.byteLength(QUESTION) / 4);
    expect(first.usageMetadata).toMatchObject({ promptTokenCount });
    const counted = await client.models.countTokens({ model: 'sim-chat', contents: QUESTION });
    expect(counted.totalTokens).toBe(promptTokenCount);
  });

  it('keeps to the cap and to the stop sequences', async () => {
    const config = { maxOutputTokens: 5, ...steered('tokens=64') };
    const capped = await client.models.generateContent({ model: 'sim-chat', contents: QUESTION, config });
    expect(capped.candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
    expect(capped.usageMetadata?.candidatesTokenCount).toBe(5);
    const stopped = await client.models.generateContent({
      model: 'sim-chat',
      contents: QUESTION,
      config: { stopSequences: ['weather'] },
    });
    expect(stopped.text).toBe('You asked: "What is the ');
  });

  it('streams what it answers otherwise, in pieces of the length that is asked for', async () => {
    const whole = await client.models.generateContent({ model: 'sim-chat', contents: QUESTION });
    const config = steered('chunk=7');
    const pieces: string[] = [];
    const finishes: unknown[] = [];
    let last: unknown;
    for await (const chunk of await client.models.generateContentStream({
      model: 'sim-chat',
      contents: QUESTION,
      config,
    })) {
      if (chunk.text) pieces.push(chunk.text);
      const finish = chunk.candidates?.[0]?.finishReason;
      if (finish) finishes.push(finish);
      last = chunk.usageMetadata;
    }
    expect(pieces.join('')).toBe(whole.text);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(8);
    expect(finishes).toEqual(['STOP']);
    expect(last).toMatchObject({ totalTokenCount: whole.usageMetadata?.totalTokenCount });
  });

  it('calls a tool, takes its answer, and knows its own signature again', async () => {
    const model = 'gemini-3-pro-preview';
    const asked: Content[] = [{ role: 'user', parts: [{ text: QUESTION }] }];
    const first = await client.models.generateContent({ model, contents: asked, config: { tools } });
    expect(first.functionCalls).toMatchObject([{ name: 'get_weather', args: { place: 'Paris' } }]);
    const parts = first.candidates?.[0]?.content?.parts ?? [];
    const response = { name: 'get_weather', response: { output: 'sunny' } };
    const answered = (calls: Content['parts']): Content[] => [
      ...asked,
      { role: 'model', ...(calls && { parts: calls }) },
      { role: 'user', parts: [{ functionResponse: response }] },
    ];
    const ask = (calls: Content['parts']) =>
      client.models.generateContent({ model, contents: answered(calls), config: { tools } });
    expect((await ask(parts)).text).toContain('The tool says: "sunny"');
    const bare = parts.map(({ functionCall }) => ({ ...(functionCall && { functionCall }) }));
    await expect(ask(bare)).rejects.toThrow('missing a thought_signature');
    await expect(ask(bare.map((part) => ({ ...part, thoughtSignature: 'eA==' })))).rejects.toThrow('Corrupted');
    const skipped = bare.map((part) => ({ ...part, thoughtSignature: 'skip_thought_signature_validator' }));
    expect((await ask(skipped)).text).toContain('sunny');
  });

  it('calls a tool because it must, and does not where it may not', async () => {
    const { ANY, NONE } = FunctionCallingConfigMode;
    const ask = (mode: FunctionCallingConfigMode) =>
      client.models.generateContent({
        model: 'sim-chat',
        contents: mode === ANY ? 'Hi' : QUESTION,
        config: { tools, toolConfig: { functionCallingConfig: { mode } } },
      });
    expect((await ask(ANY)).functionCalls).toHaveLength(1);
    expect((await ask(NONE)).functionCalls).toBeUndefined();
  });

  it.each([
    ['responseJsonSchema', { type: 'object', properties: { n: { type: 'integer', minimum: 3, maximum: 3 } } }],
    ['responseSchema', { type: 'OBJECT', properties: { n: { type: 'INTEGER', minimum: 3, maximum: 3 } } }],
  ])('answers JSON that fits a %s', async (name, schema) => {
    const config = { responseMimeType: 'application/json', [name]: schema };
    const { text } = await client.models.generateContent({ model: 'sim-chat', contents: 'A number', config });
    expect(JSON.parse(text ?? '')).toEqual({ n: 3 });
  });

  it('embeds, several texts or one', async () => {
    const config = { outputDimensionality: 8 };
    const texts = ['one', 'two'];
    const several = await client.models.embedContent({ model: 'text-embedding-005', contents: texts, config });
    expect(several.embeddings?.map(({ values }) => values?.length)).toEqual([8, 8]);
    const one = await client.models.embedContent({ model: 'gemini-embedding-2', contents: 'one', config });
    expect(one.embeddings?.[0]?.values).toEqual(several.embeddings?.[0]?.values);
  });

  it('lists its models page by page, and finds each', async () => {
    const listed = await client.models.list({ config: { pageSize: 1 } });
    const names: unknown[] = [];
    for await (const { name } of listed) names.push(name);
    expect(names).toEqual(['publishers/google/models/sim-chat', 'publishers/google/models/sim-embedding']);
    expect(await client.models.get({ model: 'sim-chat' })).toMatchObject({ name: 'publishers/google/models/sim-chat' });
  });

  it.each([
    ['sim-status-429', 429, 'RESOURCE_EXHAUSTED'],
    ['sim-status-503', 503, 'UNAVAILABLE'],
    ['sim-status-404', 404, 'NOT_FOUND'],
  ])('fails with %s as Google does', async (model, status, word) => {
    const call = client.models.generateContent({ model, contents: 'Hi' });
    await expect(call).rejects.toMatchObject({ name: 'ApiError', status, message: expect.stringContaining(word) });
  });

  it('fails within a stream as Google does', async () => {
    const config = steered('fail-after=2,chunk=4');
    const stream = await client.models.generateContentStream({ model: 'sim-chat', contents: QUESTION, config });
    const chunks: unknown[] = [];
    const read = async () => {
      for await (const chunk of stream) chunks.push(chunk);
    };
    await expect(read()).rejects.toMatchObject({ name: 'ApiError', status: 500 });
    expect(chunks).toHaveLength(2);
  });
});

describe('Gemini, by Google’s older client', () => {
  const { fetch, console } = globalThis;
  beforeAll(() => {
    // It speaks to https only, and says at its birth that it is old.
    globalThis.fetch = (input, init) => {
      const { href } = new URL(input instanceof Request ? input.url : input);
      return fetch(href.replace(/^https:/, 'http:'), init);
    };
    globalThis.console = { ...console, warn: () => undefined };
  });
  afterAll(() => Object.assign(globalThis, { fetch, console }));

  it('answers, whole and streamed', async () => {
    const getAccessToken = () => Promise.resolve({ token: 'any' });
    const vertex = new VertexAI({
      project: 'yard-1',
      location: 'us-central1',
      apiEndpoint: new URL(simulator.url).host,
      googleAuthOptions: { authClient: { getAccessToken } as never },
    });
    const model = vertex.getGenerativeModel({ model: 'sim-chat', systemInstruction: 'You are terse.' });
    const { response } = await model.generateContent(QUESTION);
    const text = response.candidates?.[0]?.content.parts[0]?.text;
    expect(text).toContain('What is the weather in Paris tomorrow?');
    const streamed = await (await model.generateContentStream(QUESTION)).response;
    expect(streamed.candidates?.[0]).toMatchObject({ finishReason: 'STOP', content: { parts: [{ text }] } });
  });
});

describe('Gemini, without a client', () => {
  const path = '/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-flash';
  const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }];
  const call = { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] };
  const result = { functionResponse: { name: 'f', response: {} } };

  it('streams a list where nobody asks for events', async () => {
    const { body } = await post(`${path}:streamGenerateContent`, { contents });
    expect(body).toEqual(expect.arrayContaining([expect.objectContaining({ candidates: expect.any(Array) })]));
  });

  it.each([
    ['generateContent', {}, 'contents'],
    ['generateContent', { contents: [] }, 'contents'],
    ['generateContent', { contents, temperature: 1 }, 'Unknown name "temperature"'],
    ['generateContent', { contents: [{ role: 'assistant', parts: [{ text: 'Hi' }] }] }, 'valid role'],
    ['generateContent', { contents: [{ parts: [] }] }, 'contents[0].parts'],
    ['generateContent', { contents: [{ parts: [{ text: 'a', inlineData: {} }] }] }, 'contents[0].parts[0]'],
    ['generateContent', { contents: [{ parts: [{ fileData: { fileUri: 'x' } }] }] }, 'mimeType'],
    ['generateContent', { contents: [call, { parts: [result, result] }] }, 'number of function response parts'],
    ['generateContent', { contents, generationConfig: { candidateCount: 2 } }, 'candidateCount'],
    ['generateContent', { contents, generationConfig: { maxOutputTokens: 0 } }, 'maxOutputTokens'],
    ['generateContent', { contents, generationConfig: { stopSequences: [...'abcdef'] } }, 'stopSequences'],
    ['generateContent', { contents, generationConfig: { responseJsonSchema: {} } }, 'responseMimeType'],
    ['generateContent', { contents, tools: [{ functionDeclarations: [{}] }] }, 'tools[0]'],
    ['predict', { instances: [{ content: '' }] }, 'instances[0].content'],
    ['predict', { instances: [] }, 'instances'],
    ['embedContent', {}, 'content'],
  ])('refuses a %s of %j', async (method, body, words) => {
    expect(await post(`${path}:${method}`, body)).toEqual({
      status: 400,
      body: { error: { code: 400, status: 'INVALID_ARGUMENT', message: expect.stringContaining(words) } },
    });
  });

  it('says what it does not have', async () => {
    expect(await post(`${path}:fly`, {})).toMatchObject({ status: 404, body: { error: { status: 'NOT_FOUND' } } });
  });

  it.each([
    ['none', undefined],
    ['zero', { promptTokenCount: 0, candidatesTokenCount: 0, totalTokenCount: 0 }],
    ['text', { promptTokenCount: '1' }],
  ])('tells of usage what it is asked for: %s', async (usage, expected) => {
    const { body } = await post(`${path}:generateContent`, { contents }, { 'x-simulate': `usage=${usage}` });
    const { usageMetadata } = body as { usageMetadata?: unknown };
    if (expected) expect(usageMetadata).toMatchObject(expected);
    else expect(usageMetadata).toBeUndefined();
  });
});
