import {
  isTreeList,
  isTreeMap,
  NumberText,
  SubstitutedText,
  UnknownText,
  type Tree,
  type TreeMap,
} from '../yaml/tree.js';
import { plainDecimal } from './decimal.js';
import { CONFIGURATION_SCHEMA } from './configuration-schema.js';
import { SchemaNavigator, takesDecimal, typesOf, type Plain, type PlainMap } from './navigate.js';
import type { Schema } from './schema.js';

const navigator = new SchemaNavigator(CONFIGURATION_SCHEMA);
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * Turns a file's tree into plain data, each value as its place takes it: a number where dollars belong becomes the
 * decimal text that was written, and a whole `${NAME}` a number or a switch where one of these belongs. A key without
 * a value is left out, or empty where a map or a list belongs. What does not fit stays, for the validation to name.
 */
export function settleTree(tree: Tree): PlainMap | undefined {
  if (tree === null) return {};
  return isTreeMap(tree) ? settleMap(tree, CONFIGURATION_SCHEMA) : undefined;
}

/** The same of one entry, whose schema is given. */
export function settleEntry(entry: TreeMap, schema: Schema): PlainMap {
  return settleMap(entry, schema);
}

function settleMap(map: TreeMap, schema: Schema | undefined): PlainMap {
  const kind = map.get('kind');
  const form = navigator.formOf(schema, typeof kind === 'string' ? { kind } : {});
  const entries: [string, Plain][] = [];
  for (const [key, value] of map) {
    const settled = settle(value, navigator.ofKey(form, key));
    if (settled !== undefined) entries.push([key, settled]);
  }
  return Object.fromEntries(entries);
}

/** @returns undefined where nothing stands */
function settle(tree: Tree, schema: Schema | undefined): Plain | undefined {
  if (tree instanceof UnknownText) return undefined;
  if (isTreeMap(tree)) return settleMap(tree, schema);
  if (isTreeList(tree)) {
    // Nothing in a list keeps its position, so that the faults after it name the right one.
    return tree.map((item) => settle(item, navigator.ofItems(schema)) ?? null);
  }
  if (tree === null) return settleNothing(schema);
  if (tree instanceof NumberText) return settleNumber(tree, schema);
  if (tree instanceof SubstitutedText) return settleSubstituted(tree.text, schema);
  return tree;
}

function settleNothing(schema: Schema | undefined): Plain | undefined {
  const types = typesOf(schema);
  if (types.length !== 1) return schema ? undefined : null;
  if (types[0] === 'object') return {};
  return types[0] === 'array' ? [] : undefined;
}

function settleNumber(number: NumberText, schema: Schema | undefined): Plain {
  return takesDecimal(schema) ? (plainDecimal(number.text) ?? number.value) : number.value;
}

function settleSubstituted(text: string, schema: Schema | undefined): Plain | undefined {
  if (text === '') return undefined;
  const types = typesOf(schema);
  if ((types.includes('number') || types.includes('integer')) && NUMBER.test(text)) return Number(text);
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
