import { classifyStatus } from './classify-error.js';

const refused = (status: number, body: unknown) => classifyStatus(status, new Headers(), body).parameter;

describe('the parameter that a vendor refused', () => {
  it.each([
    [
      {
        error: {
          message: "Unsupported parameter: 'temperature'.",
          param: 'temperature',
          code: 'unsupported_parameter',
        },
      },
      { name: 'temperature' },
    ],
    [
      { error: { message: 'max_tokens is too large: 5000. This model supports at most 4096.', param: 'max_tokens' } },
      { name: 'max_tokens', most: 4096 },
    ],
    [
      {
        type: 'error',
        error: { type: 'invalid_request_error', message: 'max_tokens: 9000 > 8192, which is the maximum.' },
      },
      { name: 'max_tokens', most: 8192 },
    ],
    [{ error: { message: 'temperature: range: 0..1' } }, { name: 'temperature' }],
    [
      {
        error: {
          message: 'Bad value.',
          status: 'INVALID_ARGUMENT',
          details: [{ fieldViolations: [{ field: 'generation_config.top_p', description: 'x' }] }],
        },
      },
      { name: 'generation_config.top_p' },
    ],
    [{ detail: [{ loc: ['body', 'seed'], msg: 'not an integer' }] }, { name: 'seed' }],
  ])('is read from %j', (body, parameter) => {
    expect(refused(400, body)).toEqual(parameter);
  });

  it.each([
    [400, { error: { message: 'Write it otherwise.', param: null } }],
    [400, { error: { message: 'x', param: 'messages[0].content' } }],
    [400, { error: { message: 'x', param: 'a'.repeat(100) } }],
    [400, { error: 'words' }],
    [400, 'temperature: words'],
    [503, { error: { message: 'temperature: range: 0..1', param: 'temperature' } }],
  ])('is none of %i %j', (status, body) => {
    expect(refused(status, body)).toBeUndefined();
  });
});
