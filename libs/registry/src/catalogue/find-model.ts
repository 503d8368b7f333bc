import type { ProviderKind } from '@switchyard/contract';
import { readCatalogue, type CatalogueModel } from './catalogue.js';

/** A model of the catalogue under the name that was asked for. */
export interface FoundModel {
  readonly model: CatalogueModel;
  /** The vendor's own name for it, where the one that was asked for is another word for it. */
  readonly vendorName?: string;
}

/** What vendors hang on a name for one edition of a model: `-2024-08-06`, `@20240620`, `-0613`, `-002`, `-latest`. */
const EDITION = /^[-@](\d{4}-\d{2}-\d{2}|\d{8}|\d{3,4}|latest)$/;

/**
 * Looks a model up by the name that a provider of this kind knows it by. A simulator and a server of one's own may run
 * whatever there is, so they find the models of every kind.
 */
export function findModel(kind: ProviderKind, name: string): FoundModel | undefined {
  const { models } = readCatalogue();
  const own = findAmong(
    models.filter(({ kinds }) => kinds.includes(kind)),
    name,
  );
  if (own) return own;
  const anyones = kind === 'simulator' || kind === 'custom' ? findAmong(models, name) : undefined;
  return anyones && { model: anyones.model };
}

function findAmong(models: readonly CatalogueModel[], name: string): FoundModel | undefined {
  const exact = models.find(({ id }) => id === name);
  if (exact) return { model: exact };
  const lower = name.toLowerCase();
  const other = models.find(({ id, aliases = [] }) => [id, ...aliases].some((alias) => alias.toLowerCase() === lower));
  if (other) return { model: other, vendorName: other.id };
  const edition = models.find(({ id }) => name.startsWith(id) && EDITION.test(name.slice(id.length)));
  if (edition) return { model: edition };
  // A tag of Ollama's names a size or a precision.
  const tagged = models.find(({ id, kinds }) => kinds.includes('ollama') && name.startsWith(`${id}:`));
  return tagged && { model: tagged };
}
