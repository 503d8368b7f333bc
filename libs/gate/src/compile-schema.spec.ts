import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '@switchyard/contract';
import { compileSchema } from './compile-schema.js';

const check = compileSchema({
  type: 'object',
  required: ['kind'],
  properties: {
    kind: { enum: ['a', 'b'] },
    share: { type: 'number', minimum: 0, maximum: 1 },
    count: { type: 'integer', minimum: 1 },
    most: { type: 'integer', maximum: 5 },
    seconds: { type: 'number', exclusiveMinimum: 0, maximum: 60 },
    name: { type: 'string', minLength: 1, maxLength: 3 },
    code: { type: 'string', minLength: 2 },
    size: { type: 'string', pattern: '^\\d+x\\d+$', examples: ['1x1', '2x2'] },
    list: { type: 'array', minItems: 1, maxItems: 2, items: { type: ['string', 'number'] } },
    pair: { type: 'array', minItems: 2, items: { type: 'string' } },
    open: {
      type: 'object',
      maxProperties: 1,
      propertyNames: { maxLength: 3 },
      additionalProperties: { type: 'string' },
    },
    content: {
      anyOf: [
        { type: 'string' },
        {
          type: 'array',
          minItems: 1,
          items: { type: 'object', required: ['text'], properties: { text: { type: 'string' } } },
        },
        { type: 'null' },
      ],
    },
    choice: {
      anyOf: [
        { enum: ['auto', 'none'] },
        { type: 'object', required: ['name'], properties: { name: { type: 'string' } }, additionalProperties: false },
      ],
    },
  },
  additionalProperties: false,
});

function refusalOf(body: unknown): [param: string | undefined, message: string] {
  try {
    check(body);
  } catch (error) {
    if (error instanceof GatewayError) return [error.param, error.message];
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('compileSchema', () => {
  it('passes what fits', () => {
    expect(() => check({ kind: 'a', share: 0.5, list: ['x', 1], content: null, choice: { name: 'n' } })).not.toThrow();
  });

  it.each([
    [[], undefined, 'The body must be an object.'],
    [{}, 'kind', '`kind` is missing; it is required here.'],
    [{ kind: 'c' }, 'kind', '`kind` must be one of a, b.'],
    [{ kind: 'a', other: 1 }, 'other', '`other` is not a field of this request; leave it out.'],
    [{ kind: 'a', share: '1' }, 'share', '`share` must be a number.'],
    [{ kind: 'a', share: 2 }, 'share', '`share` must be from 0 to 1.'],
    [{ kind: 'a', share: -0.1 }, 'share', '`share` must be from 0 to 1.'],
    [{ kind: 'a', count: 0 }, 'count', '`count` must be 1 or more.'],
    [{ kind: 'a', count: 1.5 }, 'count', '`count` must be a whole number.'],
    [{ kind: 'a', most: 6 }, 'most', '`most` must be at most 5.'],
    [{ kind: 'a', seconds: 0 }, 'seconds', '`seconds` must be above 0 and at most 60.'],
    [{ kind: 'a', name: '' }, 'name', '`name` must not be empty.'],
    [{ kind: 'a', name: 'long' }, 'name', '`name` must have at most 3 characters.'],
    [{ kind: 'a', code: 'x' }, 'code', '`code` must have at least 2 characters.'],
    [{ kind: 'a', size: 'big' }, 'size', '`size` must have the form of "1x1" or "2x2".'],
    [{ kind: 'a', list: [] }, 'list', '`list` must not be an empty list.'],
    [{ kind: 'a', list: [1, 2, 3] }, 'list', '`list` must have at most 2 items.'],
    [{ kind: 'a', pair: ['x'] }, 'pair', '`pair` must have at least 2 items.'],
    [{ kind: 'a', list: [true] }, 'list[0]', '`list[0]` must be a string or a number.'],
    [{ kind: 'a', open: { a: '1', b: '2' } }, 'open', '`open` must have at most 1 fields.'],
    [{ kind: 'a', open: { long: '1' } }, 'open', "A field's name in `open` must have at most 3 characters."],
    [{ kind: 'a', open: { a: 1 } }, 'open.a', '`open.a` must be a string.'],
    [{ kind: 'a', content: 5 }, 'content', '`content` must be a string or a list or null.'],
    [{ kind: 'a', content: [] }, 'content', '`content` must not be an empty list.'],
    [{ kind: 'a', content: ['x'] }, 'content[0]', '`content[0]` must be an object.'],
    [{ kind: 'a', content: [{}] }, 'content[0].text', '`content[0].text` is missing; it is required here.'],
    [{ kind: 'a', choice: 'sometimes' }, 'choice', '`choice` must be one of auto, none or an object.'],
    [{ kind: 'a', choice: { nme: 'x' } }, 'choice.name', '`choice.name` is missing; it is required here.'],
  ])('refuses %j, naming field and mend', (body, param, message) => {
    expect(refusalOf(body)).toEqual([param, message]);
  });

  it('repeats a name that a client made up, but not at any length', () => {
    const [param, message] = refusalOf({ kind: 'a', ['x'.repeat(10_000)]: 1 });
    expect(param).toBe(`${'x'.repeat(100)}…`);
    expect(message.length).toBeLessThan(200);
  });

  it('takes names apart that a pointer writes with escapes', () => {
    expect(refusalOf({ kind: 'a', open: { 'a/~': 1 } })[0]).toBe('open.a/~');
  });
});
