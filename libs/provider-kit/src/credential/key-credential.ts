import { type AuthStatus, ProviderError, type ProviderSettings } from '@switchyard/contract';
import { isObject } from '../json.js';
import { nextTurn, type TurnTaker } from '../weighted-turn.js';
import { type Authorization, type Credential, type KeyPlace } from './credential.js';

/** A key among several that was refused is left out for this long, in milliseconds; its account may be mended. */
const REST_MS = 60_000;
const VISIBLE = /^[\x21-\x7e]+$/;

/** A key as the configuration names it. */
interface NamedKey {
  /** The setting that it stands at. */
  readonly place: string;
  readonly text: string;
  /** Its share of the calls among the others, above 0. */
  readonly weight: number;
}

/**
 * Keys that go with every call as they are, or none at all. Of several, each gets its share of the calls, and one that
 * the vendor refuses is left out for a minute while there is another.
 * @throws Error that names the setting at fault and its mend.
 */
export function openKeyCredential(settings: ProviderSettings, place: KeyPlace): Credential {
  const keys = readKeys(settings).map((key) => new KeyInUse(key, place));
  const kind = keys.length > 0 ? 'api_key' : 'none';
  const secrets = keys.flatMap((key) => key.secrets);
  const rotation = new Rotation(keys);
  return {
    kind,
    authorize: () => (keys.length === 0 ? UNAUTHORIZED : rotation.next()),
    secrets: () => secrets,
    status: () => ({ kind, expiresAt: null, ...statusOf(keys) }),
    validate: async (signal) => {
      signal.throwIfAborted();
      const { status, reason } = statusOf(keys);
      if (status === 'invalid') throw new ProviderError('authentication', reason ?? '');
      return { kind, length: keys[0]?.key.text.length ?? 0, expiresAt: null };
    },
    close: async () => undefined,
  };
}

/** A provider that asks for nothing. One that refuses all the same is told of by its answer. */
const UNAUTHORIZED: Authorization = { headers: {}, accepted: () => undefined, refused: () => undefined };

function readKeys({ name, apiKey, options }: ProviderSettings): NamedKey[] {
  const several = Array.isArray(options['keys']) ? (options['keys'] as readonly unknown[]) : [];
  const keys: NamedKey[] = several.filter(isObject).map((entry, index) => ({
    place: `providers.${name}.keys[${index}].apiKey`,
    text: typeof entry['apiKey'] === 'string' ? entry['apiKey'] : '',
    weight: typeof entry['weight'] === 'number' && entry['weight'] > 0 ? entry['weight'] : 1,
  }));
  if (apiKey) keys.unshift({ place: `providers.${name}.apiKey`, text: apiKey, weight: 1 });
  for (const { place, text } of keys) {
    if (!VISIBLE.test(text)) {
      throw new Error(`${place} holds a character that no key has; look for a space or a line break.`);
    }
  }
  return keys;
}

/** One of the keys, and what its vendor thought of it last. */
class KeyInUse implements TurnTaker {
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  verdict: 'unknown' | 'accepted' | 'refused' = 'unknown';
  /** By `performance.now`; until then it is left out where there is another. */
  restsUntil = 0;
  readonly weight: number;
  credit = 0;

  constructor(
    readonly key: NamedKey,
    place: KeyPlace,
  ) {
    const value = place.write?.(key.text) ?? `${place.prefix ?? ''}${key.text}`;
    this.headers = { [place.header]: value };
    // What a vendor repeats may be the key as it was sent.
    this.secrets = [...new Set([key.text, value.slice(value.lastIndexOf(' ') + 1)])];
    this.weight = key.weight;
  }
}

/** Whose turn it is, by weight, those that rest left out. */
class Rotation {
  readonly #authorizations: ReadonlyMap<KeyInUse, Authorization>;

  constructor(private readonly keys: readonly KeyInUse[]) {
    this.#authorizations = new Map(keys.map((key) => [key, this.#authorizationBy(key)]));
  }

  next(): Authorization {
    const now = performance.now();
    const able = this.keys.filter(({ restsUntil }) => restsUntil <= now);
    const candidates = able.length > 0 ? able : this.keys;
    return this.#authorizations.get(nextTurn(candidates)) ?? UNAUTHORIZED;
  }

  #authorizationBy(key: KeyInUse): Authorization {
    return {
      headers: key.headers,
      accepted: () => {
        key.verdict = 'accepted';
        key.restsUntil = 0;
      },
      refused: () => {
        const now = performance.now();
        key.verdict = 'refused';
        key.restsUntil = now + REST_MS;
        if (this.keys.every(({ restsUntil }) => restsUntil > now)) return undefined;
        return `The provider refused ${key.key.place}; the next try goes with another key.`;
      },
    };
  }
}

function statusOf(keys: readonly KeyInUse[]): Pick<AuthStatus, 'status' | 'reason'> {
  const refused = keys.filter(({ verdict }) => verdict === 'refused').map(({ key }) => key.place);
  const reason = { reason: `The provider refused the key; check ${refused.join(', ')}.` };
  if (keys.length === 0) return { status: 'valid' };
  if (refused.length === keys.length) return { status: 'invalid', ...reason };
  const status = keys.some(({ verdict }) => verdict === 'accepted') ? 'valid' : 'unknown';
  return refused.length > 0 ? { status, ...reason } : { status };
}
