import { ConfigurationError, type Fault } from './configuration-error.js';
import { formatPath, startsWith, type Path } from './path.js';
import { comparePositions, Positions, type Position } from './positions.js';

/** Shorter values are words that a message may well use by chance. */
const SHORTEST_HIDDEN_VALUE = 8;

/** Gathers everything that is wrong with a configuration, so that one start names it all. */
export class FaultList {
  /** Where things stand in the files, for the order of the faults. */
  readonly positions = new Positions();
  readonly #faults: (Fault & { readonly position: Position | undefined })[] = [];
  readonly #silent: Path[] = [];
  readonly #written: { readonly from: Path; readonly to: Path }[] = [];
  readonly #hidden = new Map<string, string>();

  /** Adds a fault at a place of the file. What only follows from an earlier fault there is left out. */
  add(path: Path, message: string): void {
    const written = this.#asWritten(path);
    if (this.#silent.some((silent) => startsWith(written, silent))) return;
    this.addAt(formatPath(written), message, this.positions.of(written));
  }

  /** Names a place as the file's author wrote it. */
  describe(path: Path): string {
    return formatPath(this.#asWritten(path));
  }

  /** Adds a fault at a place that is not one of the file's keys. */
  addAt(path: string, message: string, position?: Position): void {
    const fault = { path, message: this.#withoutHidden(message), position };
    if (this.#faults.some((other) => other.path === path && other.message === fault.message)) return;
    this.#faults.push(fault);
  }

  /** Says that the value at a place of the file is unknown: nothing more is to be reported of it. */
  silence(path: Path): void {
    this.#silent.push(path);
  }

  /** Says that what stands at `to` in the file is read as if it stood at `from`, where an earlier rule does not. */
  writtenAs(from: Path, to: Path): void {
    this.#written.push({ from, to: this.#asWritten(to) });
  }

  /** Keeps a value that came from the environment out of all later messages; `shown` stands for it. */
  hide(value: string, shown: string): void {
    if (value.length >= SHORTEST_HIDDEN_VALUE) this.#hidden.set(value, shown);
  }

  get isEmpty(): boolean {
    return this.#faults.length === 0;
  }

  /** @throws ConfigurationError with every fault so far, if there is one, in the order of the files. */
  throwIfAny(): void {
    if (this.isEmpty) return;
    const sorted = this.#faults.toSorted((one, other) => comparePositions(one.position, other.position));
    throw new ConfigurationError(sorted.map(({ path, message }) => ({ path, message })));
  }

  #asWritten(path: Path): Path {
    let longest: { readonly from: Path; readonly to: Path } | undefined;
    for (const rule of this.#written) {
      if (startsWith(path, rule.from) && (!longest || rule.from.length > longest.from.length)) longest = rule;
    }
    return longest ? [...longest.to, ...path.slice(longest.from.length)] : path;
  }

  #withoutHidden(message: string): string {
    let text = message;
    for (const [value, shown] of this.#hidden) text = text.replaceAll(value, () => shown);
    return text;
  }
}
