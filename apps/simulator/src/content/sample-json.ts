import { Refusal } from '../refusal.js';
import { isRecord, type JsonRecord } from './record.js';
import { pick, type Random } from './seed.js';

/** Deeper than this only what a schema requires is filled in, so that a schema that contains itself comes to an end. */
const GENEROUS_DEPTH = 5;
const DEPTH_LIMIT = 40;
const VALUE_LIMIT = 10_000;

const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-11-21',
  'date-time': '2026-11-21T07:42:00Z',
  time: '07:42:00Z',
  duration: 'PT2M',
  email: 'dispatcher@example.com',
  hostname: 'yard.example.com',
  ipv4: '192.0.2.42',
  ipv6: '2001:db8::42',
  uri: 'https://example.com/yard',
  uuid: '6f1b9c1e-52f1-4d0f-9a57-0d2f6c3b7e42',
};

function numberAt(schema: JsonRecord, key: string): number | undefined {
  const value = schema[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Fills a JSON Schema with values: simple schemas are met, `pattern`, `not` and conditions are not looked at. */
class Sampler {
  private made = 0;

  constructor(
    private readonly root: unknown,
    private readonly random: Random,
    private readonly words: readonly string[],
  ) {}

  sample(schema: unknown, name: string, depth: number): unknown {
    this.made += 1;
    if (this.made > VALUE_LIMIT || depth > DEPTH_LIMIT) {
      throw new Refusal(400, 'The schema asks for more than the simulator makes up.', { param: 'schema' });
    }
    if (!isRecord(schema)) return this.sampleText({}, name);
    if (typeof schema['$ref'] === 'string') return this.sample(this.resolve(schema['$ref']), name, depth + 1);
    if ('const' in schema) return schema['const'];
    if (Array.isArray(schema['enum']) && schema['enum'].length > 0) return pick<unknown>(this.random, schema['enum']);
    const variants = schema['anyOf'] ?? schema['oneOf'];
    if (Array.isArray(variants)) return this.sample(this.chooseVariant(variants, depth), name, depth + 1);
    if (Array.isArray(schema['allOf'])) return this.sampleAll(schema, schema['allOf'], name, depth);
    return this.sampleType(schema, name, depth);
  }

  private sampleType(schema: JsonRecord, name: string, depth: number): unknown {
    switch (this.typeOf(schema)) {
      case 'object':
        return this.sampleObject(schema, depth);
      case 'array':
        return this.sampleArray(schema, name, depth);
      case 'integer':
        return this.sampleNumber(schema, numberAt(schema, 'multipleOf') ?? 1);
      case 'number':
        return this.sampleNumber(schema, numberAt(schema, 'multipleOf') ?? 0.5);
      case 'boolean':
        return this.random() < 0.5;
      case 'null':
        return null;
      default:
        return this.sampleText(schema, name);
    }
  }

  private typeOf(schema: JsonRecord): unknown {
    const type = schema['type'];
    if (Array.isArray(type)) return type.find((one) => one !== 'null') ?? 'null';
    if (type !== undefined) return type;
    if ('properties' in schema) return 'object';
    return 'items' in schema ? 'array' : 'string';
  }

  private chooseVariant(variants: readonly unknown[], depth: number): unknown {
    const isNull = (variant: unknown): boolean => isRecord(variant) && variant['type'] === 'null';
    const wantsNull = depth >= GENEROUS_DEPTH && variants.some(isNull);
    return variants.find((variant) => isNull(variant) === wantsNull) ?? variants[0];
  }

  private sampleAll(schema: JsonRecord, parts: readonly unknown[], name: string, depth: number): unknown {
    const { allOf: _, ...own } = schema;
    const samples = [own, ...parts].map((part) => this.sample(part, name, depth + 1));
    return samples.every(isRecord) ? Object.assign({}, ...samples) : samples.at(-1);
  }

  private sampleObject(schema: JsonRecord, depth: number): unknown {
    const properties = isRecord(schema['properties']) ? schema['properties'] : {};
    const required = Array.isArray(schema['required']) ? schema['required'] : [];
    const names = Object.keys(properties).filter((name) => depth < GENEROUS_DEPTH || required.includes(name));
    return Object.fromEntries(names.map((name) => [name, this.sample(properties[name], name, depth + 1)]));
  }

  private sampleArray(schema: JsonRecord, name: string, depth: number): unknown {
    const fixed: readonly unknown[] = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : [];
    const least = numberAt(schema, 'minItems') ?? (depth < GENEROUS_DEPTH ? 2 : 0);
    const count = Math.min(Math.max(least, fixed.length), numberAt(schema, 'maxItems') ?? Infinity, VALUE_LIMIT);
    return Array.from({ length: count }, (_, index) => this.sample(fixed[index] ?? schema['items'], name, depth + 1));
  }

  private sampleNumber(schema: JsonRecord, step: number): number {
    const above = numberAt(schema, 'exclusiveMinimum');
    const below = numberAt(schema, 'exclusiveMaximum');
    const most = below === undefined ? numberAt(schema, 'maximum') : below - step;
    const least = above === undefined ? numberAt(schema, 'minimum') : above + step;
    const from = Math.ceil((least ?? Math.min(1, most ?? 1)) / step);
    const to = Math.max(from, Math.floor((most ?? (from + 99) * step) / step));
    return (from + Math.floor(this.random() * (to - from + 1))) * step;
  }

  private sampleText(schema: JsonRecord, name: string): string {
    const format = schema['format'];
    if (typeof format === 'string' && Object.hasOwn(FORMATS, format)) return FORMATS[format] ?? '';
    const text = this.words.length > 0 ? pick(this.random, this.words) : name;
    const least = Math.min(numberAt(schema, 'minLength') ?? 0, VALUE_LIMIT);
    return text.padEnd(least, '.').slice(0, numberAt(schema, 'maxLength') ?? Infinity);
  }

  private resolve(reference: string): unknown {
    let found: unknown = this.root;
    for (const step of reference.split('/').slice(1)) {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
      found = isRecord(found) && Object.hasOwn(found, name) ? found[name] : undefined;
    }
    if (!reference.startsWith('#') || found === undefined) {
      throw new Refusal(400, `The schema refers to "${reference}", which it does not hold.`, { param: 'schema' });
    }
    return found;
  }
}

/**
 * A value that fits a JSON Schema, made of the words that are given.
 * @throws Refusal when the schema refers to what is not there, or asks for too much.
 */
export function sampleJson(schema: unknown, random: Random, words: readonly string[]): unknown {
  return new Sampler(schema, random, words).sample(schema, 'value', 0);
}
