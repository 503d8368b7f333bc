import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type YAMLMap } from 'yaml';
import type { FaultList } from '../faults/fault-list.js';
import { type Path } from '../faults/path.js';
import { setReferencesAside, type SetAside } from './references.js';
import { isTreeList, isTreeMap, NumberText, type Tree, type TreeMap } from './tree.js';
import { describeYamlFault } from './yaml-faults.js';

/** More than any configuration uses; an anchor that contains its own alias ends here. */
const MAX_ALIASES = 1000;
const MERGE_KEY = '<<';

/** One file on its way from YAML to a tree. */
interface Reading {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly references: SetAside;
  readonly faults: FaultList;
  aliases: number;
}

/**
 * Reads a YAML text. What is wrong with it goes to `faults`: syntax, tags and broken aliases with file, line and
 * column, a key given twice by its place; never the text that stands there.
 * @returns undefined when the text is no YAML; else what could be read, null for an empty file
 */
export function readYaml(file: string, source: string, faults: FaultList): Tree | undefined {
  faults.positions.beginFile();
  const references = setReferencesAside(source);
  const lines = new LineCounter();
  const document = parseDocument(references.text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const reading: Reading = { file, document, lines, references, faults, aliases: 0 };
  const problems = [...document.errors, ...document.warnings];
  for (const { code, pos } of problems) faultAtOffset(reading, pos[0], describeYamlFault(code));
  return problems.length > 0 ? undefined : read(reading, document.contents, []);
}

function faultAtOffset({ file, lines, faults }: Reading, offset: number, message: string): void {
  const { line, col } = lines.linePos(offset);
  faults.addAt(`${file}:${line}:${col}`, message, faults.positions.at(offset));
}

function faultAt(reading: Reading, node: unknown, message: string): null {
  faultAtOffset(reading, offsetOf(node) ?? 0, message);
  return null;
}

function offsetOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}

function read(reading: Reading, node: unknown, path: Path): Tree {
  if (isAlias(node)) {
    reading.aliases += 1;
    if (reading.aliases > MAX_ALIASES) return faultAt(reading, node, 'an alias contains itself; write the value out');
    const target = node.resolve(reading.document);
    if (!target) return faultAt(reading, node, 'no anchor of that name stands before this alias; set it with &name');
    return read(reading, target, path);
  }
  if (isMap(node)) return readMap(reading, node, path);
  if (isSeq(node)) return node.items.map((item, index) => readItem(reading, item, [...path, index]));
  if (!isScalar(node)) return null;
  const { value, source } = node;
  if (typeof value === 'number') return new NumberText(value, source ?? String(value));
  if (typeof value === 'string') return reading.references.restore(value);
  return typeof value === 'boolean' ? value : null;
}

function readItem(reading: Reading, item: unknown, path: Path): Tree {
  const offset = offsetOf(item);
  if (offset !== undefined) reading.faults.positions.mark(path, offset);
  return read(reading, item, path);
}

function readMap(reading: Reading, map: YAMLMap, path: Path): TreeMap {
  const entries = new Map<string, Tree>();
  const lineOfKey = new Map<string, number>();
  for (const { key, value } of map.items) {
    if (!isScalar(key)) {
      faultAt(reading, key, 'a key must be plain text, not a list, a map or an alias');
      continue;
    }
    const name = reading.references.restore(keyText(key.value, key.source));
    const offset = key.range?.[0] ?? 0;
    const { line } = reading.lines.linePos(offset);
    if (name === MERGE_KEY) {
      for (const [inherited, below] of inheritedEntries(read(reading, value, [...path, name]))) {
        if (!entries.has(inherited)) entries.set(inherited, below);
      }
      continue;
    }
    reading.faults.positions.mark([...path, name], offset);
    const earlier = lineOfKey.get(name);
    if (earlier !== undefined) {
      const lines = `lines ${earlier} and ${line} of ${reading.file}`;
      reading.faults.add([...path, name], `is given twice, on ${lines}; keep one of them`);
    }
    lineOfKey.set(name, line);
    entries.set(name, read(reading, value, [...path, name]));
  }
  return entries;
}

/** A key like `1.10` is the name as it is written, not the number. */
function keyText(value: unknown, source: string | undefined): string {
  return typeof value === 'string' ? value : (source ?? String(value));
}

/** What `<<: *base` and `<<: [*first, *second]` bring in; the first that has a key wins. */
function inheritedEntries(tree: Tree): TreeMap {
  if (isTreeMap(tree)) return tree;
  if (!isTreeList(tree)) return new Map();
  return new Map(tree.toReversed().flatMap((item) => (isTreeMap(item) ? [...item] : [])));
}
