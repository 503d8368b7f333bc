import { Injectable } from '@nestjs/common';

/** What is known of a model. */
export interface StoredModel {
  readonly name: string;
  /** As the server says it: `F16`, `Q4_K_M`. */
  readonly level: string;
}

const LISTED = ['sim-llama:latest', 'sim-llama:8b-fp16', 'sim-embed:latest'];
/** Models whose names begin so have to be pulled or created before they are there; all others are. */
const REMOTE = 'remote-';
const LEVELS: readonly (readonly [pattern: RegExp, level: string])[] = [
  [/(?:fp16|f16)$/i, 'F16'],
  [/q8_0$/i, 'Q8_0'],
];
const USUAL_LEVEL = 'Q4_K_M';

/** A name without a tag means its `latest`. */
export function fullName(name: string): string {
  return name.indexOf(':', name.lastIndexOf('/') + 1) < 0 ? `${name}:latest` : name;
}

/** The models of the simulated server, as long as it runs. */
@Injectable()
export class ModelStore {
  readonly #added = new Map<string, StoredModel>();

  list(): readonly StoredModel[] {
    return [...LISTED.map((name) => known(name)), ...this.#added.values()];
  }

  /** @returns undefined for a model that has to be pulled or created first. */
  find(name: string): StoredModel | undefined {
    const full = fullName(name);
    return this.#added.get(full) ?? (full.startsWith(REMOTE) ? undefined : known(full));
  }

  /** @param level Default: as its name says. */
  add(name: string, level?: string): void {
    const full = fullName(name);
    this.#added.set(full, { ...known(full), ...(level !== undefined && { level }) });
  }
}

function known(name: string): StoredModel {
  return { name, level: LEVELS.find(([pattern]) => pattern.test(name))?.[1] ?? USUAL_LEVEL };
}
