import { GatewayError } from '@switchyard/contract';
import type { OverlayError, OverlayFault } from './lay-overlay.js';
import type { EntryChange } from './draft.js';

/** A name that a client made up is repeated, but not at any length. */
const LONGEST_NAME = 200;

/** What a change of an entry is refused with. */
export const refusals = {
  notFound: (noun: string, name: string) =>
    new GatewayError(
      'not_found_error',
      `There is no ${noun} "${shorten(name)}"; GET the list for those that there are.`,
    ),
  exists: (noun: string, name: string) =>
    new GatewayError(
      'conflict_error',
      `There is a ${noun} "${shorten(name)}" already; choose another name, or change it with PUT or PATCH.`,
      { param: 'name' },
    ),
  onlyInFile: (noun: string, name: string, source: readonly string[]) =>
    new GatewayError(
      'conflict_error',
      `The ${noun} "${shorten(name)}" stands in the configuration file (${source.join(', ')}); take it out there, ` +
        'or PUT one over it.',
    ),
  changedMeanwhile: (noun: string, name: string) =>
    new GatewayError(
      'conflict_error',
      `The ${noun} "${shorten(name)}" is not as the precondition says; GET it again and repeat the change upon that.`,
      { status: 412, code: 'precondition_failed' },
    ),
  noAdminKeyLeft: () =>
    new GatewayError(
      'conflict_error',
      'This would leave no key of scope admin, so that nobody could change anything; make another first.',
    ),
};

/** Words what is wrong with the whole: a field of what was sent is named by `param`, an entry elsewhere by its place. */
export function refuseOverlay({ faults }: OverlayError, changes: readonly EntryChange[]): GatewayError {
  const words = faults.map((fault) => `\`${placeOf(fault, changes)}\`: ${fault.message}`).join('; ');
  if (changes.every(({ kind }) => kind === 'delete')) {
    return new GatewayError('conflict_error', `This would leave the configuration with faults: ${words}.`);
  }
  const first = faults.find((fault) => fault.field !== '' && isOf(fault, changes));
  return new GatewayError('invalid_request_error', `${words}.`, first ? { param: placeOf(first, changes) } : {});
}

function isOf({ entry }: OverlayFault, changes: readonly EntryChange[]): boolean {
  return changes.some(({ collection, name }) => entry?.collection === collection && entry.name === name);
}

/** Of the one entry that was sent its field is enough. */
function placeOf(fault: OverlayFault, changes: readonly EntryChange[]): string {
  const { entry, field } = fault;
  if (!entry || (field !== '' && changes.length === 1 && isOf(fault, changes))) return field;
  return `${entry.collection}/${shorten(entry.name)}${field === '' ? '' : `.${field}`}`;
}

function shorten(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
}
