import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '@switchyard/contract';
import { refuseUnsafeContent } from './unsafe-content.js';

function refusalOf(body: unknown): { param: string | undefined; message: string; status: number } {
  try {
    refuseUnsafeContent(body);
  } catch (error) {
    if (error instanceof GatewayError) return { param: error.param, message: error.message, status: error.status };
    throw error;
  }
  throw new Error('It was not refused.');
}

function nested(levels: number): unknown {
  let value: unknown = 'the end';
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

describe('refuseUnsafeContent', () => {
  it.each([
    ['plain text', 'text'],
    ['emoji, which are whole surrogate pairs', { text: '👍🏽 \u{1F600}' }],
    ['an escape that was written out', { text: '\\u0000 \\ud800' }],
    ['names of what objects inherit', { constructor: { prototype: 1 }, toString: 'a', hasOwnProperty: null }],
    ['what is no object', undefined],
    ['null', null],
    ['everything else', { a: [true, 1.5, -3, null, {}, []] }],
    ['64 levels', nested(64)],
  ])('lets %s pass', (_name, body) => {
    expect(() => refuseUnsafeContent(body)).not.toThrow();
  });

  it.each([
    ['a NUL', { request: { prompt: 'a\u0000b' } }, 'request.prompt'],
    [
      'the first half of a pair',
      { request: { messages: [{ content: 'ok' }, { content: '\ud800' }] } },
      'request.messages[1].content',
    ],
    ['the second half of a pair', { a: ['\udc00x'] }, 'a[0]'],
    ['a NUL in a name', { metadata: { 'a\u0000': 'b' } }, 'metadata'],
    ['half a pair in a name', { metadata: { '\ud83d': 'b' } }, 'metadata'],
    ['a number that is none', JSON.parse('{"context": {"n": 1e999}}'), 'context.n'],
    ['a prototype', JSON.parse('{"metadata": {"__proto__": {"admin": true}}}'), 'metadata'],
  ])('refuses %s and names the field', (_name, body, param) => {
    expect(refusalOf(body)).toMatchObject({ param, status: 422, message: expect.stringContaining(`\`${param}\` `) });
  });

  it('speaks of the body where the fault is the body itself', () => {
    expect(refusalOf('\u0000')).toEqual({
      param: undefined,
      status: 422,
      message: 'The body holds a NUL character or half of a surrogate pair; send well-formed text.',
    });
    expect(refusalOf(JSON.parse('{"__proto__": 1}')).message).toMatch(/^The body has a field named `__proto__`/);
  });

  it.each([65, 10_000, 1_000_000])('refuses %d levels without a deep walk, and names the place shortly', (levels) => {
    const { param, message } = refusalOf(JSON.parse(`{"context":${'['.repeat(levels)}${']'.repeat(levels)}}`));
    expect(message).toMatch(/nested deeper than 64 levels/);
    expect(param).toBe('context[0][0][0][0][0][0][0]');
  });

  it('repeats a name that a client made up, but not at any length', () => {
    expect(refusalOf({ ['x'.repeat(10_000)]: '\u0000' }).param).toBe(`${'x'.repeat(100)}…`);
  });

  it('changes no prototype', () => {
    expect(() => refuseUnsafeContent(JSON.parse('{"__proto__": {"polluted": true}}'))).toThrow(GatewayError);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
