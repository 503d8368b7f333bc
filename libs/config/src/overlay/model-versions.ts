import { GatewayError } from '@switchyard/contract';
import type { Configuration } from '../configuration.js';
import type { PlainMap } from '../schema/navigate.js';
import { mapOf, without } from './collection.js';
import type { EntryChange } from './draft.js';
import { getEntry } from './entry-view.js';
import { refusals } from './refusals.js';

/** A version of a model as the control plane shows it: its fields as the file would say them. */
export type VersionView = PlainMap & { readonly name: string; readonly default: boolean };

/** @throws GatewayError (404) for an unknown model */
export function listVersions(configuration: Configuration, model: string): readonly VersionView[] {
  return versionsIn(getEntry(configuration, 'models', model).view);
}

/** @throws GatewayError (404) for an unknown model or version */
export function getVersion(
  configuration: Configuration,
  model: string,
  version: string,
): { readonly view: VersionView; readonly etag: string } {
  const { view, etag } = getEntry(configuration, 'models', model);
  return { view: versionIn(view, version), etag };
}

/** @param model As it is shown. @throws GatewayError (404) */
export function versionIn(model: PlainMap, version: string): VersionView {
  const view = versionsIn(model).find(({ name }) => name === version);
  if (!view) throw unknownVersion(version);
  return view;
}

function versionsIn({ versions, defaultVersion }: PlainMap): readonly VersionView[] {
  return Object.entries(mapOf(versions)).map(([name, version]) => {
    return { name, ...mapOf(version), default: defaultVersion === name };
  });
}

/** What is done to a version of a model. */
export interface VersionChange extends Pick<EntryChange, 'precondition'> {
  readonly model: string;
  readonly version: string;
  /** `register` creates or replaces one, `promote` makes it the default, `retire` takes it out. */
  readonly kind: 'register' | 'promote' | 'retire';
  readonly body?: unknown;
}

/** The change of the model that a change of its version is. Worked out of the model as it then is: 404 and 409 come then. */
export function changeOfVersion({ model, version, kind, body, precondition }: VersionChange): EntryChange {
  const make = (present: PlainMap | undefined): unknown => {
    if (!present) throw refusals.notFound('model', model);
    const versions = mapOf(present['versions']);
    if (kind === 'register') return { ...present, versions: { ...versions, [version]: fieldsOf(body, version) } };
    if (!Object.hasOwn(versions, version)) throw unknownVersion(version);
    if (kind === 'promote') return { ...present, defaultVersion: version };
    if (present['defaultVersion'] === version) throw isDefault(version);
    return { ...present, versions: without(versions, version) };
  };
  return { collection: 'models', name: model, kind: 'put', body: make, precondition };
}

/** What was answered can be sent back. */
function fieldsOf(given: unknown, version: string): object {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new GatewayError('invalid_request_error', 'The body must be a JSON object with the fields of the version.');
  }
  const said = new Map<string, unknown>(Object.entries(given));
  const name = said.get('name') ?? version;
  if (name !== version) {
    const message = `\`name\` must be "${version}", as the path says, or be left out.`;
    throw new GatewayError('invalid_request_error', message, { param: 'name' });
  }
  for (const shown of ['name', 'default']) said.delete(shown);
  return Object.fromEntries(said);
}

function unknownVersion(version: string): GatewayError {
  return refusals.notFound('version', version);
}

function isDefault(version: string): GatewayError {
  const message = `The version "${version}" is the default of its model; promote another first.`;
  return new GatewayError('conflict_error', message);
}
