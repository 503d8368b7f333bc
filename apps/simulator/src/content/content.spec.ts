import { inflateSync } from 'node:zlib';
import { Ajv } from 'ajv';
import { assert, integer, property, string } from 'fast-check';
import { composeText, quote } from './compose-text.js';
import { countTokens, cutToTokens } from './count-tokens.js';
import { drawImage } from './draw-image.js';
import { embedText } from './embed-text.js';
import { sampleJson } from './sample-json.js';
import { randomFrom } from './seed.js';

describe('composeText', () => {
  it('has exactly the length that is asked for, whatever the prompt', () => {
    assert(
      property(string({ unit: 'grapheme' }), integer({ min: 1, max: 400 }), (prompt, tokens) => {
        const { text, finish } = composeText({ prompt, opening: `You asked: "${quote(prompt)}".`, tokens });
        expect(countTokens(text)).toBe(tokens);
        expect(finish).toBe('stop');
        expect(Buffer.from(text).toString()).toBe(text);
      }),
    );
  });

  it('is cut at the cap and says so, and ends before a stop word', () => {
    const options = { prompt: 'a', opening: 'You asked: "one two three".' };
    const whole = composeText(options).text;
    expect(composeText({ ...options, maxTokens: 3 })).toEqual({ text: whole.slice(0, 12), finish: 'length' });
    expect(composeText({ ...options, maxTokens: 10_000 })).toEqual({ text: whole, finish: 'stop' });
    expect(composeText({ ...options, stop: ['', 'three', 'two'] }).text).toBe('You asked: "one ');
  });

  it('differs by prompt', () => {
    const texts = ['a', 'b', 'c', 'd'].map((prompt) => composeText({ prompt, opening: 'Same.', tokens: 64 }).text);
    expect(new Set(texts).size).toBe(4);
  });
});

describe('cutToTokens', () => {
  it('never parts a character', () => {
    assert(
      property(string({ unit: 'grapheme' }), integer({ min: 0, max: 20 }), (text, tokens) => {
        const cut = cutToTokens(text, tokens);
        expect(text.startsWith(cut)).toBe(true);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(tokens * 4);
        expect(Buffer.byteLength(text) - Buffer.byteLength(cut) === 0 || Buffer.byteLength(cut) > tokens * 4 - 4).toBe(
          true,
        );
      }),
    );
  });
});

function cosine(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
}

describe('embedText', () => {
  it.each([1, 8, 384, 1536])(
    'gives a vector of length 1 in %i dimensions, the same for the same text',
    (dimensions) => {
      const vector = embedText('The night mail', dimensions);
      expect(vector).toHaveLength(dimensions);
      expect(cosine(vector, vector)).toBeCloseTo(1, 5);
      expect(embedText('The night mail', dimensions)).toEqual(vector);
    },
  );

  it('puts texts that share words closer together, and tells apart those that differ in order only', () => {
    const question = embedText('When does the night train leave?', 384);
    const near = embedText('The night train will leave at seven from platform two.', 384);
    const far = embedText('Tomatoes like a warm place and much water.', 384);
    expect(cosine(question, near)).toBeGreaterThan(cosine(question, far) + 0.2);
    expect(embedText('one two', 384)).not.toEqual(embedText('two one', 384));
    expect(cosine(embedText('', 384), embedText('', 384))).toBeCloseTo(1, 5);
  });
});

describe('drawImage', () => {
  it('is a PNG of its size, the same for the same seed', () => {
    const png = drawImage(30, 17, 7);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([30, 17]);
    const at = png.indexOf('IDAT');
    const pixels = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
    expect(pixels).toHaveLength(17 * (1 + Math.ceil(30 / 4)));
    expect(drawImage(30, 17, 7)).toEqual(png);
    expect(drawImage(30, 17, 8)).not.toEqual(png);
  });
});

describe('sampleJson', () => {
  const ajv = new Ajv({ strict: false });
  const SCHEMAS: Record<string, object> = {
    'an object of all kinds': {
      type: 'object',
      required: ['city', 'days', 'ratio', 'sure', 'tags', 'unit', 'none', 'fixed'],
      additionalProperties: false,
      properties: {
        city: { type: 'string', minLength: 12, maxLength: 14 },
        days: { type: 'integer', minimum: 3, exclusiveMaximum: 5 },
        ratio: { type: 'number', minimum: 0, maximum: 1 },
        temperature: { type: 'number', maximum: -40 },
        step: { type: 'integer', multipleOf: 25, minimum: 60 },
        sure: { type: 'boolean' },
        tags: { type: 'array', items: { type: 'string' }, minItems: 3, maxItems: 3 },
        unit: { enum: ['celsius', 'fahrenheit'] },
        none: { type: 'null' },
        fixed: { const: { a: 1 } },
        maybe: { type: ['null', 'integer'] },
      },
    },
    'references and choices': {
      type: 'object',
      required: ['stop', 'either'],
      properties: { stop: { $ref: '#/$defs/stop' }, either: { anyOf: [{ type: 'null' }, { type: 'integer' }] } },
      $defs: { stop: { allOf: [{ type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }] } },
    },
    'a tree that contains itself': {
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          required: ['name', 'parent', 'children'],
          properties: {
            name: { type: 'string' },
            parent: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
            children: { type: 'array', items: { $ref: '#/$defs/node' } },
          },
        },
      },
    },
    'a plain array': { type: 'array', items: { type: 'number' } },
    nothing: {},
  };

  it.each(Object.entries(SCHEMAS))('fits %s', (_name, schema) => {
    const validate = ajv.compile(schema);
    for (let seed = 0; seed < 50; seed += 1) {
      const value = sampleJson(schema, randomFrom(seed), seed % 2 ? ['Paris', 'tomorrow'] : []);
      expect(validate(value) ? [] : [validate.errors, value]).toEqual([]);
      expect(sampleJson(schema, randomFrom(seed), seed % 2 ? ['Paris', 'tomorrow'] : [])).toEqual(value);
    }
  });

  it.each([
    { type: 'object', required: ['self'], properties: { self: { $ref: '#' } } },
    { $ref: '#/missing' },
    { $ref: 'https://example.com/schema' },
    { type: 'array', minItems: 1e9, items: { type: 'string' } },
  ])('refuses what it cannot fill: %j', (schema) => {
    expect(() => sampleJson(schema, randomFrom(1), [])).toThrow(expect.objectContaining({ status: 400 }));
  });
});
