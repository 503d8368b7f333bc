import type { FaultList } from '../faults/fault-list.js';

/** Reads variables one by one; what is wrong is noted by the variable's name, never with its value. */
export class EnvironmentReader {
  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly faults: FaultList,
  ) {}

  /** @returns undefined when the variable is not set or empty */
  text(name: string): string | undefined {
    const value = this.env[name];
    return value === '' ? undefined : value;
  }

  /** @returns undefined when the variable is not set, or not of the form that `words` describe */
  matching(name: string, form: RegExp, words: string): string | undefined {
    const value = this.text(name);
    if (value === undefined || form.test(value)) return value;
    this.fault(name, `must be ${words}`);
    return undefined;
  }

  integer(name: string, minimum: number, maximum: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (/^\d{1,15}$/.test(value) && number >= minimum && number <= maximum) return number;
    this.fault(name, `must be a whole number from ${minimum} to ${maximum}`);
    return undefined;
  }

  /** `1` or `true`; not set, `0` or `false` is false. */
  flag(name: string): boolean {
    const value = this.text(name);
    const isOn = value === '1' || value === 'true';
    if (!isOn && value !== undefined && value !== '0' && value !== 'false') this.fault(name, 'must be 1 or 0');
    return isOn;
  }

  fault(name: string, message: string): void {
    this.faults.addAt(name, message);
  }
}
