import type { FaultList } from '../faults/fault-list.js';
import type { Path } from '../faults/path.js';
import { isPlainList, isPlainMap, type Plain } from '../schema/navigate.js';

/**
 * A place of the file and what stands there. Reading one never fails: what is not of the asked type reads as absent,
 * so that the checks of one part still run when the schema refuses another.
 */
export class Place {
  constructor(
    readonly path: Path,
    private readonly value: Plain | undefined,
    private readonly faults: FaultList,
  ) {}

  get exists(): boolean {
    return this.value !== undefined;
  }

  get text(): string | undefined {
    return typeof this.value === 'string' ? this.value : undefined;
  }

  get number(): number | undefined {
    return typeof this.value === 'number' ? this.value : undefined;
  }

  get isMap(): boolean {
    return isPlainMap(this.value);
  }

  is(value: string | boolean): boolean {
    return this.value === value;
  }

  at(key: string): Place {
    const { value } = this;
    const under = isPlainMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    return new Place([...this.path, key], under, this.faults);
  }

  items(): readonly Place[] {
    const { value } = this;
    return isPlainList(value) ? value.map((item, index) => new Place([...this.path, index], item, this.faults)) : [];
  }

  entries(): readonly (readonly [string, Place])[] {
    const { value } = this;
    return isPlainMap(value) ? Object.keys(value).map((key) => [key, this.at(key)] as const) : [];
  }

  texts(): readonly string[] {
    return this.items().flatMap(({ text }) => text ?? []);
  }

  /** The place in words of a message. */
  describe(): string {
    return this.faults.describe(this.path);
  }

  fault(message: string): void {
    this.faults.add(this.path, message);
  }
}
