import { CODE_TASK, CODE_TASK_TYPES, TASK_TYPES } from '@switchyard/contract';
import { suggestion } from '../faults/suggest.js';
import type { Names } from './names.js';
import { NumberBounds } from './number-bounds.js';
import type { Place } from './place.js';
import { TextChoice } from './text-choice.js';

/** The values that a number can have: of a share, 0 to 1. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = { complexity: [0, 1], tokens: [0, Infinity] };
const TEXT_FIELDS = ['taskType', 'tenant', 'userId'];
const METADATA_KEY = 'metadata.';

/** Reports what a condition says that no request can meet, and names in it that stand for nothing. */
export function checkCondition(condition: Place, names: Names): void {
  for (const place of textsOf(condition.at('tenant'))) names.expect(place, ['tenant']);
  for (const place of textsOf(condition.at('taskType'))) checkTaskType(place);
  const { from, to } = { from: condition.at('time').at('from'), to: condition.at('time').at('to') };
  if (from.text !== undefined && from.text === to.text) {
    to.fault('is when it begins, so it never holds; leave both out for the whole day');
  }
  for (const nested of nestedIn(condition)) checkCondition(nested, names);
}

/** Reports bounds on one field that no value meets, over all that must hold together. */
export function checkContradictions(condition: Place): void {
  const numbers = new Map<string, NumberBounds>();
  const texts = new Map<string, TextChoice>();
  for (const part of partsOf(condition)) {
    for (const [field, range] of Object.entries(RANGES)) {
      if (part.at(field).exists) boundsOf(numbers, field, range).narrow(part.at(field));
    }
    for (const [field, place] of textConditionsOf(part)) {
      const choice = texts.get(field) ?? new TextChoice(field === 'taskType' ? expandCode : (text) => [text]);
      texts.set(field, choice);
      choice.narrow(place);
    }
    const apart = [...part.at('any').items(), part.at('not')].filter(({ isMap }) => isMap);
    for (const alternative of apart) checkContradictions(alternative);
  }
}

/** Whether every request meets a condition; what no map is, none does. */
export function alwaysHolds(condition: Place): boolean {
  if (!condition.exists) return true;
  return (
    condition.isMap &&
    condition.entries().every(([key, place]) => {
      if (key === 'all') return place.items().every(alwaysHolds);
      if (key === 'any') return place.items().some(alwaysHolds);
      if (key === 'time') return place.isMap && place.entries().every(([field]) => field === 'timeZone');
      const range = RANGES[key];
      return range !== undefined && new NumberBounds(range).holdsFor(place);
    })
  );
}

/** The condition, and all that must hold together with it. */
function partsOf(condition: Place): readonly Place[] {
  return [condition, ...condition.at('all').items().flatMap(partsOf)];
}

function nestedIn(condition: Place): readonly Place[] {
  const nested = [...condition.at('all').items(), ...condition.at('any').items(), condition.at('not')];
  return nested.filter(({ isMap }) => isMap);
}

function boundsOf(all: Map<string, NumberBounds>, field: string, range: readonly [number, number]): NumberBounds {
  const bounds = all.get(field) ?? new NumberBounds(range);
  all.set(field, bounds);
  return bounds;
}

function textConditionsOf(condition: Place): readonly (readonly [string, Place])[] {
  const named = TEXT_FIELDS.map((field) => [field, condition.at(field)] as const);
  const nested = condition.at('metadata').entries();
  const flat = condition.entries().filter(([key]) => key.startsWith(METADATA_KEY));
  return [...named, ...nested.map(([key, place]) => [`${METADATA_KEY}${key}`, place] as const), ...flat].filter(
    ([, place]) => place.exists,
  );
}

function textsOf(place: Place): readonly Place[] {
  return [place, place.at('eq'), place.at('ne'), ...place.at('in').items(), ...place.at('notIn').items()];
}

/** Clients may have types of their own; what is nearly one of ours is a mistake. */
function checkTaskType(place: Place): void {
  const known: readonly string[] = [...TASK_TYPES, CODE_TASK];
  if (place.text === undefined || known.includes(place.text)) return;
  const meant = suggestion(place.text, known);
  if (meant !== '') place.fault(`no task type is named "${place.text}"${meant}`);
}

function expandCode(type: string): readonly string[] {
  return type === CODE_TASK ? CODE_TASK_TYPES : [type];
}
