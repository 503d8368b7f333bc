import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '@switchyard/contract';
import type { PlainMap } from '../schema/navigate.js';
import type { EntryChange } from './draft.js';
import type { OverlayEntry } from './lay-overlay.js';
import type { GivenEntry } from './read-entry.js';
import { haveOneDestination, secretsOf } from './secret-places.js';

/** An entry as it is, and as it is to become. */
interface Move {
  /** With its secrets. */
  readonly body: PlainMap;
  readonly laid: OverlayEntry | undefined;
  readonly given: GivenEntry;
}

/** A deployment's secret is found by its address, so that it cannot be sent to another. */
const BOUND = /^deployments\[/;

/**
 * Refuses a change that would send a secret which it does not bring to another address: whoever may change one could
 * read the other.
 * @throws GatewayError (422) that names every such secret
 */
export function refuseMovedSecrets({ collection, name, body: sent }: EntryChange, { body, laid, given }: Move): void {
  if (haveOneDestination(collection, name, body, given.body)) return;
  const known = new Set([...secretsOf(collection, body).keys(), ...(laid?.secrets.keys() ?? [])]);
  const kept = [...known].filter((path) => given.places.has(path) && !given.secrets.has(path) && !BOUND.test(path));
  const asked = [...kept, ...(keepsAuth(body, given.body, sent) ? ['auth'] : [])];
  const [first] = asked;
  if (first === undefined) return;
  const words = asked
    .map((path) => `\`${path}\`: must come with this change, which would send it to another address`)
    .join('; ');
  throw new GatewayError('invalid_request_error', `${words}.`, { param: first });
}

/** Whoever is authorized by a file or by the machine has no secret of its own, but a token that goes to the address. */
function keepsAuth(before: PlainMap, after: PlainMap, sent: unknown): boolean {
  const { auth } = after;
  if (typeof auth !== 'object' || auth === null || !('kind' in auth) || auth.kind !== 'google') return false;
  const isSent = typeof sent === 'object' && sent !== null && 'auth' in sent;
  return !isSent && isDeepStrictEqual(before['auth'], auth);
}
