import { suggestion } from '../faults/suggest.js';
import { closedMap, TEXT, type Schema } from '../schema/schema.js';
import type { Collection } from './collection.js';

/** Sections of the file that are one value each, which every process reads anew: the others hold from start to start. */
const SETTINGS = ['modules', 'defaultProvider', 'fallbackChain', 'fallbackOn', 'customModel'] as const;

const KNOWN = SETTINGS.join(', ');

/** Any of them: each is held against its own place in the file. */
const VALUE: Schema = {};

/** Sections that are no collections of entries, each an entry `{ value }` under its name. */
export const SETTINGS_COLLECTION: Collection = {
  ...{ noun: 'setting', section: 'settings', form: 'map', key: 'name', hashed: [], own: 'value', prefix: 'value' },
  schema: closedMap({ name: TEXT, value: VALUE }, ['name', 'value']),
  entries: (document) =>
    new Map(
      SETTINGS.flatMap((name) => {
        const value = document[name];
        return value === undefined ? [] : [[name, { value }] as const];
      }),
    ),
  placeOf: (_, name) => [name],
  lay: (document, entries, faults) => {
    let laid = document;
    for (const [name, { body }] of entries) {
      const { value, ...others } = body;
      const [other] = Object.keys(others);
      if (!isSetting(name)) faults?.add([name], `is no setting${suggestion(name, SETTINGS) || `; known: ${KNOWN}`}`);
      else if (value === undefined) faults?.add([name], 'is missing; give it a value');
      else if (other !== undefined) faults?.add([name], `stands beside the unknown field ${other}; leave that out`);
      else laid = { ...laid, [name]: value };
    }
    return laid;
  },
  show: (document) => document,
};

/** Whether a section of the file is one that can be changed as a whole. */
export function isSetting(name: string): boolean {
  return SETTINGS.some((known) => known === name);
}
