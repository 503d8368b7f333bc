import type { ModelSettings, ModelVersionSettings } from '@switchyard/contract';
import type { ModelDocument, PriceDocument, VersionDocument } from '../document/model-document.js';
import { buildPrice } from './build-price.js';

/** Turns validated entries of `models` into settings, by id. */
export function buildModels(models: readonly ModelDocument[]): ReadonlyMap<string, ModelSettings> {
  return new Map(models.map((model) => [model.id, buildModel(model)]));
}

function buildModel(model: ModelDocument): ModelSettings {
  const {
    id,
    name,
    provider,
    providerModel = id,
    capabilities,
    price = 'free',
    params = {},
    versions = {},
    ...rest
  } = model;
  const { contextWindow, maxOutputTokens, defaultMaxTokens, quality, speed, ...further } = rest;
  const { defaultVersion, permission, fallbackModels = [], ...options } = further;
  return {
    id,
    ...(name === undefined ? {} : { name }),
    provider,
    providerModel,
    capabilities,
    ...(contextWindow === undefined ? {} : { contextWindow }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(defaultMaxTokens === undefined ? {} : { defaultMaxTokens }),
    price: buildPrice(price),
    params,
    ...(quality === undefined ? {} : { quality }),
    ...(speed === undefined ? {} : { speed }),
    versions: Object.fromEntries(
      Object.entries(versions).map(([name, version]) => [name, buildVersion(version, price)]),
    ),
    ...(defaultVersion === undefined ? {} : { defaultVersion }),
    ...(permission === undefined ? {} : { permission }),
    fallbackModels,
    options,
  };
}

function buildVersion(version: VersionDocument, modelPrice: 'free' | PriceDocument): ModelVersionSettings {
  const { price, adapter: _adapter, ...rest } = version;
  return price === undefined ? rest : { ...rest, price: buildPrice(layPrice(modelPrice, price)) };
}

/** A version names only the prices that differ. */
function layPrice(base: 'free' | PriceDocument, over: 'free' | PriceDocument): 'free' | PriceDocument {
  return base === 'free' || over === 'free' ? over : { ...base, ...over };
}
