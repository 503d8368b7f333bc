import { suggestion } from '../faults/suggest.js';
import type { Place } from './place.js';

/** What a name may stand for. */
export type NameKind = 'provider' | 'model' | 'alias' | 'load balancer' | 'experiment' | 'tenant' | 'key';

/** What a request may name as its model. */
export const CALLABLE: readonly NameKind[] = ['model', 'alias', 'load balancer', 'experiment'];

/** Whose jobs the admin's are; it exists without being named. */
export const DEFAULT_TENANT = 'default';

/** `auto` leaves the choice to the gateway, so nothing can bear that name. */
const RESERVED = 'auto';

type NamedPlaces = ReadonlyMap<string, Place>;

/** Every name of a file, by what it stands for. Gathering them reports those that are given twice. */
export class Names {
  readonly #byKind: ReadonlyMap<NameKind, NamedPlaces>;

  constructor(root: Place) {
    const callable = new Map<string, Place>();
    this.#byKind = new Map<NameKind, NamedPlaces>([
      ['provider', new Map(root.at('providers').entries())],
      [
        'model',
        collect(
          root
            .at('models')
            .items()
            .map((model) => model.at('id')),
          callable,
        ),
      ],
      ['alias', collectKeys(root.at('aliases'), callable)],
      ['load balancer', collectKeys(root.at('loadBalancers'), callable)],
      ['experiment', collectKeys(root.at('experiments'), callable)],
      ['tenant', new Map([[DEFAULT_TENANT, root.at('tenants').at(DEFAULT_TENANT)], ...root.at('tenants').entries()])],
      [
        'key',
        collect(
          tenantKeys(root).map((key) => key.at('name')),
          new Map(),
        ),
      ],
    ]);
    for (const kind of ['provider', ...CALLABLE] as const) {
      this.find(kind, RESERVED)?.fault('`auto` leaves the choice to the gateway and can be no name; choose another');
    }
  }

  /** The place of a name; of a model, its `id`. */
  find(kind: NameKind, name: string): Place | undefined {
    return this.#byKind.get(kind)?.get(name);
  }

  has(kind: NameKind, name: string): boolean {
    return this.find(kind, name) !== undefined;
  }

  of(kind: NameKind): readonly string[] {
    return [...(this.#byKind.get(kind)?.keys() ?? [])];
  }

  /** Reports a place whose text is not the name of one of these. */
  expect(place: Place, kinds: readonly NameKind[]): void {
    const { text } = place;
    if (text === undefined || text === '' || kinds.some((kind) => this.has(kind, text))) return;
    const wanted = kinds.join(', ').replace(/, ([^,]*)$/, ' or $1');
    const other = [...this.#byKind.keys()].find((kind) => this.has(kind, text));
    const belongs = kinds.length === 1 ? `only a ${wanted} can stand here` : `here belongs a ${wanted}`;
    if (other !== undefined) place.fault(`"${text}" is the name of ${article(other)} ${other}; ${belongs}`);
    else
      place.fault(
        `no ${wanted} is named "${text}"${suggestion(
          text,
          kinds.flatMap((kind) => this.of(kind)),
        )}`,
      );
  }
}

/** Every key of every tenant. */
export function tenantKeys(root: Place): readonly Place[] {
  return root
    .at('tenants')
    .entries()
    .flatMap(([, tenant]) => tenant.at('keys').items());
}

/** Reports entries of a list that have the same name. */
export function expectUniqueNames(list: Place): void {
  collect(
    list.items().map((item) => item.at('name')),
    new Map(),
  );
}

function article(word: string): string {
  return /^[aeiou]/.test(word) ? 'an' : 'a';
}

function collectKeys(map: Place, taken: Map<string, Place>): NamedPlaces {
  return gather(map.entries(), taken);
}

function collect(places: readonly Place[], taken: Map<string, Place>): NamedPlaces {
  return gather(
    places.flatMap((place) => (place.text === undefined ? [] : [[place.text, place] as const])),
    taken,
  );
}

function gather(named: readonly (readonly [string, Place])[], taken: Map<string, Place>): NamedPlaces {
  const own = new Map<string, Place>();
  for (const [name, place] of named) {
    const earlier = taken.get(name);
    if (earlier) place.fault(`the name "${name}" is taken by ${earlier.describe()}; choose another`);
    else {
      taken.set(name, place);
      own.set(name, place);
    }
  }
  return own;
}
