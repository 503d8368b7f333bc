/** A number together with its digits as the file has them, so that a price is exactly what was written. */
export class NumberText {
  constructor(
    readonly value: number,
    readonly text: string,
  ) {}
}

/** A value that is one `${NAME}` and nothing else: what it becomes depends on what its place takes. */
export class SubstitutedText {
  constructor(readonly text: string) {}
}

/** A `${NAME}` without a value; it is reported already, and stands here so that nothing more is. */
export class UnknownText {}

/** A map of the file. Keys that came from a file are never properties of an object, so none is special. */
export type TreeMap = ReadonlyMap<string, Tree>;

/** The content of a file before it is known what each place takes. `null`: nothing stands there. */
export type Tree = string | boolean | null | NumberText | SubstitutedText | UnknownText | readonly Tree[] | TreeMap;

export function isTreeMap(tree: Tree | undefined): tree is TreeMap {
  return tree instanceof Map;
}

export function isTreeList(tree: Tree | undefined): tree is readonly Tree[] {
  return Array.isArray(tree);
}

/**
 * Lays one tree over another: maps are merged, everything else is replaced; nothing (a key without a value) changes
 * nothing.
 */
export function mergeTrees(base: Tree, layer: Tree): Tree {
  if (layer === null) return base;
  if (!isTreeMap(base) || !isTreeMap(layer)) return layer;
  const merged = new Map(base);
  for (const [key, value] of layer) {
    const below = merged.get(key);
    merged.set(key, below === undefined ? value : mergeTrees(below, value));
  }
  return merged;
}
