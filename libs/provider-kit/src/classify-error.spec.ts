import { classifyErrorBody, classifyStatus } from './classify-error.js';

const NONE = new Headers();
const KEY = 'opaque.key of-no-known-shape';

function classify(status: number, body: unknown) {
  return classifyStatus(status, NONE, body, [KEY]);
}

describe('a secret in an error', () => {
  it('is found where the text is cut, too', () => {
    const secret = 'hunter2 and the rest of it';
    const message = `${'a'.repeat(7_990)} ${secret}`;
    expect(classifyStatus(400, new Headers(), { error: { message } }, [secret]).message).not.toContain('hunter2');
  });
});

describe('what a refusal means', () => {
  it.each([
    [429, 'insufficient_quota', 'authentication'],
    [400, 'billing_hard_limit_reached', 'authentication'],
    [400, 'invalid_api_key', 'authentication'],
    [403, 'model_not_found', 'model_unavailable'],
    [400, 'model_decommissioned', 'model_unavailable'],
    [400, 'model_terms_required', 'model_unavailable'],
    [400, 'unknown_model', 'model_unavailable'],
    [403, 'no_access', 'model_unavailable'],
    [400, 'json_validate_failed', 'bad_response'],
    [400, 'tool_use_failed', 'bad_response'],
    [429, 'requests', 'rate_limited'],
    [500, 'constructor', 'overloaded'],
  ])('%i with %s: %s', (status, word, code) => {
    expect(classify(status, { error: { code: word } }).code).toBe(code);
    expect(classify(status, { error: { code: null, type: word } }).code).toBe(code);
    expect(classify(status, { code: word }).code).toBe(code);
  });

  it('is a rate limit where what is forbidden is allowed again later', () => {
    const later = new Headers({ 'retry-after': '60' });
    expect(classifyStatus(403, later, '')).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 60 });
    expect(classifyStatus(403, NONE, '')).toMatchObject({ code: 'authentication' });
  });

  it('is what Google says among its details, in a list too', () => {
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' },
    ];
    const error = { code: 400, message: 'API key not valid.', status: 'INVALID_ARGUMENT', details };
    expect(classify(400, { error })).toMatchObject({
      code: 'authentication',
      message: 'The provider answered 400 (API_KEY_INVALID).',
    });
    expect(classify(400, [{ error: { ...error, details: [] } }])).toMatchObject({
      code: 'invalid_request',
      message: 'The provider answered 400 (INVALID_ARGUMENT): API key not valid.',
    });
  });

  it('is to come again when Google says so, unless a header says it too', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '12.5s' }];
    const body = { error: { code: 429, status: 'RESOURCE_EXHAUSTED', details } };
    expect(classify(429, body)).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 12.5 });
    expect(classifyStatus(429, new Headers({ 'retry-after': '3' }), body)).toMatchObject({ retryAfterSeconds: 3 });
    const inBody = classifyErrorBody(body, { otherwise: 'bad_response', refused: true });
    expect(inBody).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 12.5 });
  });

  it.each([
    [{ error: { code: 503 } }, 'overloaded', 503],
    [{ error: { status: 'UNAVAILABLE' } }, 'overloaded', undefined],
    [{ error: { code: 5, status: 'NOT_FOUND' } }, 'model_unavailable', undefined],
    [{ code: 404, message: 'x' }, 'model_unavailable', 404],
    [{ error: { type: 'overloaded_error' } }, 'overloaded', undefined],
    [{ error: { type: 'unheard_of' } }, 'stream_interrupted', undefined],
    [{ error: 'words' }, 'stream_interrupted', undefined],
    [undefined, 'stream_interrupted', undefined],
  ])('in a body, %j: %s', (body, code, status) => {
    for (const refused of [true, false]) {
      const error = classifyErrorBody(body, { otherwise: 'stream_interrupted', refused });
      expect(error).toMatchObject({ code, status, refused });
    }
  });
});

describe('what a message says', () => {
  it('is status, word and text for an invalid request, and no text for others', () => {
    const body = { error: { message: 'Write "like this" instead.', type: 'invalid_request_error' } };
    expect(classify(400, body).message).toBe(
      'The provider answered 400 (invalid_request_error): Write "like this" instead.',
    );
    expect(classify(500, body).message).toBe('The provider answered 500 (invalid_request_error).');
  });

  it.each([
    ['plain words', 'plain words'],
    [`your key ${KEY} is old`, 'your key [redacted] is old'],
    ['key sk-proj-abc_DEF-123 and gsk_0123456789', 'key [redacted] and [redacted]'],
    ['sent Authorization: Bearer abc.def', 'sent [redacted]'],
    ['headers {"x-api-key": "abc", "a": 1}', 'headers {"[redacted]", "a": 1}'],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'token [redacted]'],
    [`hash ${'0a'.repeat(32)}`, 'hash [redacted]'],
    ['a\r\nforged line \u001b[31mred\u0000', 'a forged line [31mred'],
    ['max_tokens: 5000 is too large', 'max_tokens: 5000 is too large'],
  ])('%j is quoted as %j', (message, quoted) => {
    expect(classify(400, { error: { message } }).message).toBe(`The provider answered 400: ${quoted}`);
  });

  it.each([
    [{ error: 'HTTPException', detail: 'Sampler not found' }, 'Sampler not found'],
    [{ error: 'ValueError', detail: '' }, 'ValueError'],
    [
      { detail: [{ loc: ['body', 'n'], msg: 'not an integer' }, { msg: 'too long' }, 7] },
      'body.n: not an integer; too long',
    ],
  ])('is what a server built on FastAPI details: %j', (body, quoted) => {
    expect(classify(422, body).message).toBe(`The provider answered 422: ${quoted}`);
  });

  it('is cut to a bearable length, and quotes no page', () => {
    expect(classify(422, { detail: 'word '.repeat(10_000) }).message).toHaveLength(
      'The provider answered 422: '.length + 300,
    );
    expect(classify(400, '<!DOCTYPE html><p>Bad').message).toBe('The provider answered 400.');
    expect(classify(400, { error: { message: '  \n ' } }).message).toBe('The provider answered 400.');
  });

  it('takes little time for any text', () => {
    const start = performance.now();
    for (const text of ['a-'.repeat(50_000), 'eyJ'.repeat(50_000), '='.repeat(100_000), 'Bearer '.repeat(20_000)]) {
      classify(400, { error: { message: text } });
    }
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
