import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KEYS } from '../__fixtures__/configuration.js';
import { GENERATION, startTestApi, type TestApi } from '../__fixtures__/test-api.js';
import type { Answer, Call } from '../__fixtures__/call-api.js';

const UNKNOWN_JOB = `job_${'0'.repeat(32)}`;
const CANARY = 'canary-4711';

function nested(levels: number): string {
  return `{"type":"generation","request":{"prompt":"x","context":${'['.repeat(levels)}${']'.repeat(levels)}}}`;
}

/** A generation as JSON text, with something put in that JSON.stringify would not write. */
function withText(field: string): string {
  return `{"type":"generation","request":{"prompt":"x"},${field}}`;
}

describe('bad input', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  /** Every refusal has the documented shape and shows nothing that is ours. */
  function expectRefusal(answer: Answer, status: number, error: object): void {
    expect([answer.status, answer.body]).toEqual([
      status,
      {
        error: {
          type: expect.stringMatching(/^[a-z]+(_[a-z]+)*$/),
          code: expect.stringMatching(/^[a-z]+(_[a-z]+)*$/),
          message: expect.stringMatching(/^.{20,400}$/),
          param: null,
          requestId: answer.headers.get('x-request-id'),
          ...error,
        },
      },
    ]);
    expect(answer.text).not.toMatch(/\bat .*\.(js|ts):\d|select |insert |postgres|node_modules|sk-\w{5}/i);
  }

  async function refused(call: Call, status: number, error: object): Promise<void> {
    expectRefusal(await api.ask('/v1/jobs', { method: 'POST', ...call }), status, error);
  }

  describe('bodies that are none: 400', () => {
    it.each([
      ['half of one', '{"type":"generation"'],
      ['two of them', '{}{}'],
      ['single quotes', "{'type':'generation'}"],
      ['a comma too many', '{"type":"generation",}'],
      ['NaN', '{"type":NaN}'],
      ['plain text', 'Say hello.'],
      ['a bare control character', '{"type":"gen\neration"}'],
      ['only space', '   '],
      ['bytes that are no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
      ['an overlong NUL', new Uint8Array([0x22, 0xc0, 0x80, 0x22])],
      ['half of a surrogate pair as bytes', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ])('%s', async (_name, text) => {
      await refused({ text }, 400, { type: 'invalid_request_error', code: 'malformed_body' });
    });

    it('repeats nothing of what it could not read', async () => {
      const answer = await api.ask('/v1/jobs', { text: `{"prompt": ${CANARY}}` });
      expect(answer.status).toBe(400);
      expect(answer.text + api.log()).not.toContain(CANARY);
    });

    it.each([
      ['with the type of JSON', { text: '' }],
      ['without a type', {}],
      ['with the type of a form', { text: '', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ])('nothing, %s', async (_name, call) => {
      await refused(call, 400, { message: 'The body is missing; send a job as JSON.' });
    });

    it.each([
      'application/x-www-form-urlencoded',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/jsonp',
      'rubbish',
      '',
    ])('content of the type "%s"', async (type) => {
      const error = {
        type: 'invalid_request_error',
        code: 'unsupported_media_type',
        message: expect.stringContaining('application/json'),
      };
      await refused({ text: JSON.stringify(GENERATION), headers: { 'content-type': type } }, 400, error);
    });

    it('compressed content', async () => {
      await refused({ text: 'x', headers: { 'content-encoding': 'gzip' } }, 400, { code: 'unsupported_encoding' });
    });

    it.each(['application/json;charset=UTF-8', 'Application/JSON', 'application/vnd.api+json'])(
      'takes content of the type "%s"',
      async (type) => {
        await api.submit({}, { headers: { 'content-type': type } });
      },
    );

    it('takes a byte order mark, space around and no final newline', async () => {
      const { status } = await api.ask('/v1/jobs', { text: `\ufeff \n${JSON.stringify(GENERATION)}\n\n` });
      expect(status).toBe(202);
    });
  });

  describe('bodies that are understood and not valid: 422, naming the field', () => {
    it.each<[name: string, text: string, param: string | null]>([
      ['null', 'null', null],
      ['a list', '[]', null],
      ['a string', '"{}"', null],
      ['nothing in it', '{}', 'type'],
      ['an unknown field', withText('"prompt":"x"'), 'prompt'],
      ['an unknown field with SQL for a name', withText(`"'; drop table jobs; --":1`), "'; drop table jobs; --"],
      ['a snake', withText('"delay_seconds":1'), 'delay_seconds'],
      ['an object for a string', withText('"userId":{"$gt":""}'), 'userId'],
      ['a number out of range', withText('"priority":10'), 'priority'],
      ['a number that is none', withText('"delaySeconds":1e999'), 'delaySeconds'],
      ['NUL', withText('"userId":"a\\u0000b"'), 'userId'],
      ['NUL in metadata', withText('"metadata":{"a":"\\u0000"}'), 'metadata.a'],
      ['NUL in a name', withText('"metadata":{"a\\u0000":"b"}'), 'metadata'],
      ['half a pair', withText('"metadata":{"a":"\\ud83d"}'), 'metadata.a'],
      ['half a pair in a name', withText('"metadata":{"\\udc4d":"b"}'), 'metadata'],
      ['a prototype', withText('"__proto__":{"priority":0}'), null],
      ['a prototype in metadata', withText('"metadata":{"__proto__":"x"}'), 'metadata'],
      ['a constructor', withText('"constructor":{"prototype":{"a":1}}'), 'constructor'],
      ['a depth of 65', nested(65), 'request.context[0][0][0][0][0][0]'],
      ['a depth of 10,000', nested(10_000), 'request.context[0][0][0][0][0][0]'],
      ['a depth of five millions', nested(5_000_000), 'request.context[0][0][0][0][0][0]'],
      [
        'the same in a schema',
        `{"type":"generation","request":{"prompt":"x","tools":[{"name":"a","parameters":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}]}}`,
        'request.tools[0].parameters.a.a.a.a',
      ],
    ])('%s', async (_name, text, param) => {
      await refused({ text }, 422, { type: 'invalid_request_error', param });
    });

    it.each<[name: string, selection: object, param: string]>([
      ['an unknown provider', { provider: 'nobody' }, 'selection.provider'],
      ['a model of another provider', { provider: 'vendor', modelId: 'chat' }, 'selection.provider'],
      ['a version without a model', { modelVersion: 'v1' }, 'selection.modelVersion'],
      ['a model that cannot', { modelId: 'embedding' }, 'selection.modelId'],
      ['a model that is not local', { modelId: 'vendor-chat', localOnly: true }, 'selection.localOnly'],
      ['a provider that is switched off', { provider: 'switched-off' }, 'selection.provider'],
      ['a model of a provider that is switched off', { modelId: 'off-chat' }, 'selection.modelId'],
    ])('%s', async (_name, selection, param) => {
      await refused({ json: { ...GENERATION, selection } }, 422, { type: 'invalid_request_error', param });
    });

    it('a prompt larger than the window', async () => {
      const json = { type: 'generation', request: { prompt: 'word '.repeat(20_000), modelId: 'chat' } };
      await refused({ json }, 422, { code: 'context_length_exceeded', param: 'request' });
    });

    it('two models', async () => {
      const json = {
        type: 'generation',
        request: { prompt: 'x', modelId: 'chat' },
        selection: { modelId: 'vendor-chat' },
      };
      await refused({ json }, 422, { param: 'request.modelId' });
    });
  });

  describe('what is not there: 404', () => {
    it.each([
      [{ modelId: 'nothing' }, 'selection.modelId'],
      [{ modelId: 'constructor' }, 'selection.modelId'],
      [{ modelId: '__proto__' }, 'selection.modelId'],
      [{ modelId: "' OR '1'='1" }, 'selection.modelId'],
      [{ modelId: 'x'.repeat(100_000) }, 'selection.modelId'],
      [{ modelId: 'chat', modelVersion: 'v9' }, 'selection.modelVersion'],
      [{ modelId: 'chat', modelVersion: 'constructor' }, 'selection.modelVersion'],
    ])('the model of %j', async (selection, param) => {
      await refused({ json: { ...GENERATION, selection } }, 404, {
        type: 'not_found_error',
        code: 'model_not_found',
        param,
      });
    });

    it('the model that the request itself names', async () => {
      const request = { prompt: 'x', modelId: 'nothing' };
      const said = { type: 'not_found_error', code: 'model_not_found', param: 'request.modelId' };
      await refused({ json: { type: 'generation', request } }, 404, said);
      const selection = { modelId: 'nothing' };
      await refused({ json: { type: 'generation', request, selection } }, 404, { ...said, param: 'selection.modelId' });
    });

    it.each([
      'job_1',
      UNKNOWN_JOB,
      UNKNOWN_JOB.toUpperCase(),
      '..',
      "'%20or%20'1",
      '%00',
      'x'.repeat(5_000),
      '__proto__',
    ])('the job %s', async (id) => {
      for (const [method, route] of [
        ['GET', ''],
        ['POST', '/cancel'],
        ['POST', '/retry'],
      ] as const) {
        const answer = await api.ask(`/v1/jobs/${id === '..' ? '%2e%2e' : id}${route}`, { method });
        // Where clients and routers resolve the dots themselves, there is no such route.
        if (id === '..') expect(answer.status).toBe(404);
        else expectRefusal(answer, 404, { type: 'not_found_error', code: 'job_not_found' });
      }
    });

    it("another tenant's job, in the words for one that never existed", async () => {
      const theirs = await api.submit({}, { key: KEYS.globex });
      const requestId = 'the-same-for-both';
      for (const [method, route] of [
        ['GET', ''],
        ['GET', '?raw=true'],
        ['GET', '?waitSeconds=1'],
        ['POST', '/cancel'],
        ['POST', '/retry'],
        ['HEAD', ''],
      ] as const) {
        const [other, never] = await Promise.all(
          [theirs, UNKNOWN_JOB].map((id) =>
            api.ask(`/v1/jobs/${id}${route}`, { method, headers: { 'x-request-id': requestId } }),
          ),
        );
        expect([other?.status, other?.text]).toEqual([404, never?.text]);
        expect([...(other?.headers.keys() ?? [])]).toEqual([...(never?.headers.keys() ?? [])]);
      }
      expect((await api.ask(`/v1/jobs/${theirs}`, { key: KEYS.globex })).body.status).toBe('queued');
    });

    it('a route', async () => {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
        expectRefusal(await api.ask('/v1/nothing', { method }), 404, { type: 'not_found_error' });
      }
    });
  });

  it('needs the permission of a model: 403', async () => {
    for (const modelId of ['premium-chat', 'gold-chat', 'secret-alias']) {
      const json = { ...GENERATION, selection: { modelId } };
      const message = expect.stringMatching(/permission "(premium|gold)"/);
      await refused({ json }, 403, { type: 'permission_error', param: 'selection.modelId', message });
      expect((await api.ask('/v1/jobs', { json, key: KEYS.acmePremium })).status).toBe(202);
      expect((await api.ask('/v1/jobs', { json, key: KEYS.admin })).status).toBe(202);
    }
  });

  it('takes words for words that every object of the language knows', async () => {
    for (const word of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf']) {
      const image = { type: 'image', request: { prompt: word, quality: word, style: word } };
      const generation = {
        type: 'generation',
        request: { prompt: word, language: word },
        userId: word,
        task: { type: word },
      };
      for (const json of [image, generation]) {
        const { status, body } = await api.ask('/v1/jobs', { json });
        expect([status, body.status]).toEqual([202, 'queued']);
      }
    }
    const { body } = await api.ask('/v1/jobs?type=image&limit=1');
    expect(body.data[0].cost.estimated).toBe('0.04');
  });

  it('has met nothing that it did not foresee', () => {
    expect(api.log()).not.toMatch(/"level":"error"|a request failed/);
  });
});
