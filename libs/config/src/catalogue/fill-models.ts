import { PROVIDER_DESCRIPTIONS, PROVIDER_KINDS, type ProviderKind } from '@switchyard/contract';
import { findModel, type FoundModel } from '@switchyard/registry/catalogue';
import { isPlainList, isPlainMap, type Plain, type PlainMap } from '../schema/navigate.js';

/** What the catalogue said of a model where its entry says nothing. */
export interface FilledModel {
  readonly id: string;
  /** In the words of the file. */
  readonly fields: PlainMap;
  /** The day on which its price was looked up. */
  readonly date: string;
}

/** A document without the gaps that the catalogue knows how to fill. */
export interface FilledDocument {
  readonly data: PlainMap;
  readonly filled: readonly FilledModel[];
}

/** Fills in what entries of `models` leave out and the catalogue knows: capabilities, window, price. It adds no model. */
export function fillModels(data: PlainMap): FilledDocument {
  const models = data['models'];
  if (!isPlainList(models)) return { data, filled: [] };
  const filled: FilledModel[] = [];
  const whole = models.map((model) => {
    const found = isPlainMap(model) ? lookUp(model, data) : undefined;
    if (!isPlainMap(model) || !found) return model;
    const fields = gapsOf(model, found);
    if (Object.keys(fields).length === 0) return model;
    filled.push({ id: found.id, fields, date: found.model.date });
    return { ...model, ...fields };
  });
  return { data: { ...data, models: whole }, filled };
}

/** A model of the catalogue, and where it runs. */
export interface KnownModel extends FoundModel {
  readonly id: string;
  readonly kind: ProviderKind;
  readonly provider: PlainMap;
}

/** @returns undefined for a model that the catalogue does not know at this kind of provider. */
export function lookUp(model: PlainMap, data: PlainMap): KnownModel | undefined {
  const { id, providerModel = id, provider: name } = model;
  const providers = data['providers'];
  if (typeof id !== 'string' || typeof name !== 'string' || typeof providerModel !== 'string') return undefined;
  if (!isPlainMap(providers)) return undefined;
  const entry = Object.hasOwn(providers, name) ? providers[name] : undefined;
  const provider = isPlainMap(entry) ? entry : {};
  const kind = PROVIDER_KINDS.find((known) => known === (provider['kind'] ?? name));
  const found = kind && findModel(kind, providerModel);
  return found && { ...found, id, kind, provider };
}

/** Fields that the entry leaves out, as the catalogue knows them. */
function gapsOf(model: PlainMap, { model: known, vendorName, kind, provider }: KnownModel): PlainMap {
  const can = known.capabilities.filter((each) => PROVIDER_DESCRIPTIONS[kind].capabilities.includes(each));
  const cap = known.maxOutputTokens;
  const { defaultMaxTokens } = model;
  const fitsCap = typeof defaultMaxTokens !== 'number' || (cap ?? 0) >= defaultMaxTokens;
  const fields: Readonly<Record<string, Plain | undefined>> = {
    // A folder of one's own has whatever name it has.
    providerModel: model['modelPath'] === undefined ? vendorName : undefined,
    capabilities: can.length > 0 ? can : undefined,
    contextWindow: known.contextWindow,
    maxOutputTokens: fitsCap ? cap : undefined,
    price: hasListPrice(kind, provider) ? known.price : undefined,
  };
  const gaps = Object.entries(fields).filter((field): field is [string, Plain] => {
    return field[1] !== undefined && model[field[0]] === undefined;
  });
  return Object.fromEntries(gaps);
}

/** What a server of one's own costs, and a hosted endpoint by the hour, no catalogue knows. */
function hasListPrice(kind: ProviderKind, provider: PlainMap): boolean {
  if (kind === 'custom') return false;
  return kind !== 'huggingface' || !['baseURL', 'endpoint', 'deployments'].some((key) => provider[key] !== undefined);
}
