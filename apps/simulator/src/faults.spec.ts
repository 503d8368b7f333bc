import { Agent, request } from 'node:http';
import { createLogger } from '@switchyard/telemetry';
import OpenAI from 'openai';
import { startSimulator, type RunningSimulator } from './start-simulator.js';

let simulator: RunningSimulator;
const logger = createLogger({ name: 'simulator', level: 'silent' });

beforeEach(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0, logger });
});

afterEach(() => simulator.close());

interface Received {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  /** False when the connection ended before the answer did. */
  readonly complete: boolean;
}

const CHAT = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Tell me of the yard, please.' }] });
const STREAM = JSON.stringify({ ...(JSON.parse(CHAT) as object), stream: true });

/** An answer of unknown shape; each test says what it expects of it. */
type Json = ReturnType<typeof JSON.parse>;

/** Everything that arrives, also of an answer that is cut off. */
function post(path: string, body: string, headers: Record<string, string> = {}, agent?: Agent): Promise<Received> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent, headers: { 'content-type': 'application/json', ...headers } };
    const outgoing = request(simulator.url + path, options, (response) => {
      const parts: Buffer[] = [];
      const end = (): void => {
        const { statusCode = 0, headers: received, complete } = response;
        resolve({ status: statusCode, headers: received, text: Buffer.concat(parts).toString(), complete });
      };
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', () => undefined);
      response.on('close', end);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function chat(steering: string, body = CHAT): Promise<Received> {
  return post('/v1/chat/completions', body, { 'x-simulate': steering });
}

async function get(path: string): Promise<Json> {
  return (await fetch(simulator.url + path)).json();
}

/** Asks until the answer is as expected; the test's own limit ends it otherwise. */
async function until(path: string, isReached: (answer: Json) => boolean): Promise<Json> {
  for (;;) {
    const answer = await get(path);
    if (isReached(answer)) return answer;
  }
}

describe('faults on demand', () => {
  it('answers an error in the shape of OpenAI, as its client understands it', async () => {
    const client = new OpenAI({ apiKey: 'any', baseURL: `${simulator.url}/v1`, maxRetries: 0 });
    const asked = client.chat.completions.create({
      model: 'sim-status-429,retry-after-2',
      messages: [{ role: 'user', content: 'Hello' }],
    });
    const error: unknown = await asked.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
      requestID: expect.stringMatching(/^req_/),
    });
    expect((error as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after')).toBe('2');
    const overloaded = await chat('status=503');
    expect(overloaded.headers['retry-after']).toBeUndefined();
    expect(JSON.parse(overloaded.text)).toMatchObject({ error: { type: 'server_error', message: expect.any(String) } });
  });

  it('waits before the first byte', async () => {
    const began = Date.now();
    await chat('latency=150');
    expect(Date.now() - began).toBeGreaterThanOrEqual(149);
  });

  it.each([0, 1, 50])('cuts after %i bytes of a body and of a stream', async (bytes) => {
    for (const body of [CHAT, STREAM]) {
      const whole = (await chat('', body)).text;
      const cut = await chat(`cut=${bytes}`, body);
      expect(cut).toMatchObject({ status: 200, complete: false });
      expect(cut.text).toHaveLength(bytes);
      // The ids differ, what stands before them does not.
      expect(whole.slice(0, 20).startsWith(cut.text.slice(0, 20))).toBe(true);
    }
    expect((await get('/log')).requests.at(-1)).toMatchObject({ status: 200, outcome: 'cut' });
  });

  it('does not cut an answer that is shorter', async () => {
    expect(await chat('cut=100000')).toMatchObject({ complete: true });
    expect((await chat('cut=100000', STREAM)).text).toMatch(/data: \[DONE\]\n\n$/);
  });

  it('paces a stream, and ends one with an error event', async () => {
    const began = Date.now();
    const paced = await chat('pace=20,chunk=1000', STREAM);
    // The role, one piece, the end, [DONE].
    expect(Date.now() - began).toBeGreaterThanOrEqual(59);
    expect(paced.text).toContain('[DONE]');
    const failed = await chat('fail-after=2', STREAM);
    const events = failed.text.trim().split('\n\n');
    expect(events).toHaveLength(3);
    expect(JSON.parse(events[2]?.slice('data: '.length) ?? '')).toMatchObject({ error: { type: 'server_error' } });
    expect(failed.complete).toBe(true);
  });

  it('answers what is no answer', async () => {
    expect(await chat('body=html')).toMatchObject({
      status: 200,
      text: expect.stringMatching(/^<html>/),
      complete: true,
    });
    expect(await chat('body=empty')).toMatchObject({ status: 200, text: '', complete: true });
    const half = await chat('body=half');
    expect(half.complete).toBe(true);
    expect(() => JSON.parse(half.text) as unknown).toThrow();
    const stream = await chat('body=half', STREAM);
    expect(stream.complete).toBe(true);
    expect(stream.text).not.toMatch(/\[DONE\]|"finish_reason":"/);
  });

  it.each([
    ['none', undefined],
    ['zero', { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }],
    ['negative', { prompt_tokens: -7, completion_tokens: -4, total_tokens: -11 }],
    ['text', { prompt_tokens: '7', completion_tokens: '4', total_tokens: '11' }],
  ])('reports usage=%s', async (report, usage) => {
    expect(JSON.parse((await chat(`usage=${report},tokens=4`)).text).usage).toEqual(usage);
  });

  it('lets a fault pass after so many of the same request', async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) statuses.push((await chat('status=503,times=2')).status);
    expect(statuses).toEqual([503, 503, 200, 200]);
    expect((await chat('status=503,times=2', STREAM)).status).toBe(503);
  });

  it('takes its orders from the metadata too', async () => {
    const body = JSON.stringify({ ...(JSON.parse(CHAT) as object), metadata: { 'x-simulate': 'status=418' } });
    expect((await post('/v1/chat/completions', body)).status).toBe(418);
  });
});

describe('garbage', () => {
  it.each([
    ['{"model":', 400],
    ['', 400],
    ['[]', 400],
    ['null', 400],
    ['{"__proto__":{"a":1}}', 400],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, 400],
    ['{}', 400],
    ['{"model":"m"}', 400],
    ['{"model":"m","messages":"x"}', 400],
    ['{"model":"m","messages":[null]}', 400],
    ['{"model":"m","messages":[{"role":"nobody"}]}', 400],
    ['{"model":"m","messages":[{"role":"user","content":[7]}]}', 400],
    ['{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{}]}', 400],
    ['{"model":"m","messages":[{"role":"user","content":"x"}],"tool_choice":"required"}', 400],
    ['{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":0}', 400],
    ['{"model":"m","messages":[{"role":"user","content":"x"}],"n":2}', 400],
    ['{"model":"m","messages":[{"role":"user","content":"x"}],"stop":[1]}', 400],
  ])('refuses %.60s', async (body, status) => {
    const answer = await post('/v1/chat/completions', body);
    expect(answer.status).toBe(status);
    const { error, ...rest } = JSON.parse(answer.text);
    expect(rest).toEqual({});
    expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code']);
    expect(error).toMatchObject({ message: expect.any(String), type: 'invalid_request_error' });
  });

  it('refuses a body over 32 MiB and takes one just below', async () => {
    const fit = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x'.repeat(31 * 1024 * 1024) }] });
    expect((await post('/v1/chat/completions', fit)).status).toBe(200);
    const large = 'x'.repeat(33 * 1024 * 1024);
    const refused = await fetch(`${simulator.url}/v1/chat/completions`, {
      method: 'POST',
      body: large,
      headers: { 'content-type': 'application/json' },
    });
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  it('says which route it does not have', async () => {
    const answer = await post('/v1/responses', '{}');
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text).error).toMatchObject({
      code: 'unknown_url',
      message: expect.stringContaining('/v1/responses'),
    });
  });
});

describe('what it saw', () => {
  it('stops working for a client that leaves, and notes it', async () => {
    const leave = new AbortController();
    const asked = fetch(`${simulator.url}/v1/chat/completions`, {
      method: 'POST',
      body: STREAM,
      headers: {
        'content-type': 'application/json',
        'x-simulate': 'tokens=100000,pace=5',
        'x-switchyard-attempt': 'a-1',
      },
      signal: leave.signal,
    });
    await (await asked).body?.getReader().read();
    const waiting = fetch(`${simulator.url}/v1/models`, { headers: { 'x-simulate': 'hang=1' }, signal: leave.signal });
    await until('/stats', ({ inFlight }) => inFlight === 2);
    leave.abort();
    await expect(waiting).rejects.toThrow();
    const stats = await until('/stats', ({ inFlight }) => inFlight === 0);
    expect(stats).toEqual({
      requests: 2,
      inFlight: 0,
      peak: 2,
      byPath: { '/v1/chat/completions': 1, '/v1/models': 1 },
    });
    const { requests } = await get('/log');
    expect(requests).toMatchObject([
      { sequence: 1, model: 'm', attempt: 'a-1', status: 200, outcome: 'aborted' },
      { sequence: 2, path: '/v1/models', status: null, outcome: 'aborted' },
    ]);
  });

  it('is found in the log by the marker that was sent, and not by content', async () => {
    await post('/v1/chat/completions', CHAT, { 'x-request-id': 'call-1' });
    await post('/v1/chat/completions', CHAT, { 'x-request-id': 'call-2' });
    const { total, requests } = await get('/log?marker=call-2');
    expect(total).toBe(2);
    expect(requests).toMatchObject([{ sequence: 2, requestId: 'call-2', outcome: 'answered', status: 200 }]);
    expect(JSON.stringify(await get('/log'))).not.toContain('yard');
    expect((await get('/log?after=1&limit=5')).requests).toHaveLength(1);
    expect((await fetch(`${simulator.url}/log?after=x`)).status).toBe(400);
    await fetch(`${simulator.url}/stats`, { method: 'DELETE' });
    expect(await get('/stats')).toEqual({ requests: 0, inFlight: 0, peak: 0, byPath: {} });
  });
});

describe('its end', () => {
  it('lets an answer end that is on its way, cuts the rest after two seconds, and keeps no idle connection', async () => {
    const agent = new Agent({ keepAlive: true });
    await post('/v1/chat/completions', CHAT, {}, agent);
    const soon = chat('latency=300');
    const late = chat('latency=60000').catch((error: unknown) => error);
    const never = chat('hang=1');
    await until('/stats', ({ inFlight }) => inFlight === 3);
    const began = Date.now();
    await simulator.close();
    const took = Date.now() - began;
    expect(await soon).toMatchObject({ status: 200, complete: true });
    expect(await never).toMatchObject({ status: 503 });
    expect(await late).toMatchObject({ code: 'ECONNRESET' });
    expect(took).toBeGreaterThanOrEqual(1_900);
    expect(took).toBeLessThan(3_000);
    agent.destroy();
  });

  it('ends at once when nothing is on its way', async () => {
    const agent = new Agent({ keepAlive: true });
    await post('/v1/chat/completions', CHAT, {}, agent);
    const soon = post('/v1/chat/completions', CHAT, { 'x-simulate': 'latency=100' }, agent);
    await until('/stats', ({ inFlight }) => inFlight === 1);
    const began = Date.now();
    await simulator.close();
    expect(await soon).toMatchObject({ status: 200 });
    expect(Date.now() - began).toBeLessThan(1_000);
    agent.destroy();
  });
});
