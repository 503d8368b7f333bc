import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

const ROUNDS = 600;
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);

/** Good bodies, as full as they can be, so that there is much to spoil. */
const BODIES: readonly object[] = [
  {
    type: 'generation',
    request: {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
        { role: 'assistant', content: null, toolCalls: [{ id: 'c', name: 't', arguments: '{}' }] },
        { role: 'tool', content: '1', toolCallId: 'c' },
      ],
      systemPrompt: 's',
      context: { a: [1, { b: null }] },
      temperature: 1,
      maxTokens: 5,
      topP: 0.5,
      stop: ['x'],
      tools: [{ name: 't', description: 'd', parameters: { type: 'object' } }],
      toolChoice: { name: 't' },
      providerOptions: { openai: { seed: 1 } },
    },
    selection: {
      provider: 'auto',
      modelId: 'chat',
      modelVersion: 'v1',
      fallback: false,
      localOnly: true,
      prefer: 'balanced',
    },
    priority: 1,
    delaySeconds: 1,
    timeoutSeconds: 10,
    expiresInSeconds: 10,
    userId: 'u',
    task: { type: 'code', complexity: 0.5 },
    metadata: { a: 'b' },
    onTimeout: { content: 'late' },
  },
  { type: 'code', request: { prompt: 'sort', language: 'python', functions: [{ name: 'f' }], function_call: 'auto' } },
  { type: 'embedding', request: { input: ['a', 'b'], modelId: 'embedding' } },
  {
    type: 'image',
    request: {
      prompt: 'x',
      size: '512x512',
      n: 2,
      quality: 'hd',
      style: 'vivid',
      responseFormat: 'url',
      width: 64,
      height: 64,
      seed: 3,
      negativePrompt: 'y',
    },
  },
];

/** What stands where something else should: as JSON text, since not all of it can be written otherwise. */
const SPOILED = [
  'null',
  'true',
  '0',
  '-1',
  '1e999',
  '-1e999',
  '1e-400',
  '9007199254740993',
  '123456789012345678901234567890',
  '0.1',
  '""',
  '" "',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"constructor"',
  '"__proto__"',
  '"toString"',
  '"hasOwnProperty"',
  '"\' or 1=1 --"',
  '"${7*7}{{7*7}}"',
  '"../../etc/passwd"',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '{"":""}',
  '{"a":{}}',
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":{"a":1}}}',
  '{"$gt":""}',
  '{"length":5}',
  '{"toString":1,"valueOf":2}',
  '{"then":1}',
  `"${'x'.repeat(5_000)}"`,
  `[${'0,'.repeat(500)}0]`,
  '"😀"',
  '"\\ud83d\\ude00"',
  '"auto"',
  '"chat"',
  '"﷽"',
];

/** The generator of George Marsaglia's xorshift32: the same numbers for the same seed, everywhere. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

describe('jobs that nobody would think of', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  /** Spoils a good body in one to three places: a value, a name, or one more field. */
  function spoil(random: (below: number) => number): string {
    let text = JSON.stringify(BODIES[random(BODIES.length)]);
    for (let times = 1 + random(3); times > 0; times -= 1) {
      const places = [...text.matchAll(/"[^"]*":|(?<=[:,[])("[^"]*"|\d[\d.]*|true|null)(?=[,}\]])/g)];
      const place = places[random(places.length)];
      if (!place) continue;
      const spoiled = SPOILED[random(SPOILED.length)] ?? 'null';
      const [found] = place;
      const insert = !found.endsWith(':')
        ? spoiled
        : random(2) === 0
          ? `${spoiled.startsWith('"') ? spoiled : '"x"'}:`
          : `"x${random(9)}":${spoiled},${found}`;
      text = text.slice(0, place.index) + insert + text.slice(place.index + found.length);
    }
    return text;
  }

  it(`are admitted or refused, and never break anything (seed ${SEED})`, async () => {
    const random = randomNumbers(SEED);
    const seen = new Map<number, number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const text = spoil(random);
      const answer = await api.ask('/v1/jobs', { text });
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
      if (![202, 400, 404, 422].includes(answer.status))
        throw new Error(`${answer.status} for ${text}: ${answer.text}`);
      if (answer.status === 202) {
        // What was admitted can be read, run and shown.
        expect((await api.ask(`/v1/jobs/${answer.body.id}`)).status).toBe(200);
      } else {
        expect(answer.body.error).toEqual({
          type: expect.stringMatching(/^(invalid_request|not_found)_error$/),
          code: expect.any(String),
          message: expect.stringMatching(/^.{15,500}$/s),
          param: answer.body.error.param === null ? null : expect.any(String),
          requestId: expect.any(String),
        });
      }
    }
    // It has tried all ways.
    expect(seen.get(202) ?? 0).toBeGreaterThan(5);
    expect(seen.get(422) ?? 0).toBeGreaterThan(200);
    for (const job of await api.worker.claim(ROUNDS)) {
      expect(JSON.parse(job.payload)).toMatchObject({ version: 1 });
      await api.worker.succeed(job);
    }
    expect((await api.ask('/v1/jobs?limit=100')).status).toBe(200);
    expect(api.log()).not.toMatch(/"level":"error"/);
  }, 60_000);
});
