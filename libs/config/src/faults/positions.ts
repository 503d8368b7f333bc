import { formatPath, type Path } from './path.js';

/** Where something begins in the files of a configuration. */
export interface Position {
  /** In the order in which the files are laid over each other, from 0. */
  readonly file: number;
  /** In characters, from 0. */
  readonly offset: number;
}

/** Where each key and each entry of the files begins. */
export class Positions {
  readonly #files: Map<string, number>[] = [];

  /** Begins a file: what is marked from now on stands in it. */
  beginFile(): void {
    this.#files.push(new Map());
  }

  /** Says that what is at a place begins at this offset of the file. */
  mark(path: Path, offset: number): void {
    this.#files.at(-1)?.set(formatPath(path), offset);
  }

  /** An offset of the file that was begun last. */
  at(offset: number): Position {
    return { file: this.#files.length - 1, offset };
  }

  /** Of a place, or of the nearest one around it that is written: what is missing is looked for there. */
  of(path: Path): Position | undefined {
    for (let length = path.length; length > 0; length -= 1) {
      const place = formatPath(path.slice(0, length));
      const file = this.#files.findLastIndex((marks) => marks.has(place));
      const offset = this.#files[file]?.get(place);
      if (offset !== undefined) return { file, offset };
    }
    return undefined;
  }
}

/** Sorts by file and line; what has no position comes last. */
export function comparePositions(one: Position | undefined, other: Position | undefined): number {
  if (!one || !other) return Number(!one) - Number(!other);
  return one.file - other.file || one.offset - other.offset;
}
