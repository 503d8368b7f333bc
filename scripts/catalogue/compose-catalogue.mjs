import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { findProvider } from '@pydantic/genai-prices';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';

/** Names of the package's rates and of ours; what else it prices (searches, video) no job here asks for. */
const RATES = {
  input_mtok: 'inputPerMillion',
  output_mtok: 'outputPerMillion',
  cache_read_mtok: 'cachedInputPerMillion',
  cache_write_mtok: 'cacheWritePerMillion',
  input_audio_mtok: 'audioInputPerMillion',
};

/** The text of catalogue.json. @param {string} file models.yaml */
export async function composeCatalogue(file) {
  // As text: a date stays the day that was written.
  const sources = parse(await readFile(file, 'utf8'), { schema: 'core' });
  expectVersion(sources.package);
  const models = sources.groups.flatMap((group) =>
    Object.entries(group.models).map(([id, own]) => composeModel(id, { ...group, ...own }, sources)),
  );
  const text = JSON.stringify({ date: sources.date, models });
  return await format(text, { ...(await resolveConfig(file)), parser: 'json', printWidth: 120 });
}

function expectVersion({ version }) {
  const folder = dirname(createRequire(import.meta.url).resolve('@pydantic/genai-prices'));
  const installed = createRequire(import.meta.url)(resolve(folder, '../package.json')).version;
  if (installed === version) return;
  throw new Error(
    `models.yaml is of version ${version} of the price package, and ${installed} is installed; look it over`,
  );
}

function composeModel(id, said, sources) {
  const known = said.from === undefined ? undefined : findModel(said.from, said.as ?? id);
  const price = said.price ?? priceOf(id, known, sources.date);
  const contextWindow = said.contextWindow ?? known?.context_window;
  return {
    id,
    ...(said.aliases && { aliases: said.aliases }),
    kinds: said.kinds,
    capabilities: said.capabilities,
    ...(contextWindow !== undefined && !isImage(said) && { contextWindow }),
    ...(said.maxOutputTokens !== undefined && !isImage(said) && { maxOutputTokens: said.maxOutputTokens }),
    price: withBatchFactor(withHourOfCache(price, said.cacheWrite1hFactor), said.batchFactor),
    ...(said.retired && { retired: said.retired }),
    date: said.price === undefined ? sources.package.date : sources.date,
    source: said.source,
  };
}

function isImage({ capabilities }) {
  return capabilities.includes('image');
}

function findModel(providerId, id) {
  return findProvider({ providerId })?.models.find((model) => model.id === id);
}

function withBatchFactor(price, batchFactor) {
  return batchFactor === undefined || price === 'free' ? price : { ...price, batchFactor };
}

/** @param factor How many times the input it costs to keep it in the cache for an hour. */
function withHourOfCache(price, factor) {
  if (factor === undefined || price === 'free') return price;
  const { above, ...rates } = price;
  return {
    ...hourOf(rates, factor),
    ...(above && { above: above.map((step) => hourOf(step, factor)) }),
  };
}

/** Rates with that of an hour behind that of five minutes. */
function hourOf(rates, factor) {
  const hour = ['cacheWrite1hPerMillion', times(rates.inputPerMillion, factor)];
  return Object.fromEntries(
    Object.entries(rates).flatMap((rate) => (rate[0] === 'cacheWritePerMillion' ? [rate, hour] : [rate])),
  );
}

/** A plain decimal times a whole number, exactly. */
function times(amount, factor) {
  const [whole, fraction = ''] = amount.split('.');
  const digits = (BigInt(whole + fraction) * BigInt(factor)).toString().padStart(fraction.length + 1, '0');
  const point = digits.length - fraction.length;
  return `${digits.slice(0, point)}.${digits.slice(point)}`.replace(/\.?0*$/, '');
}

/** The prices that are in force on a day. */
function priceOf(id, model, day) {
  if (!model) throw new Error(`The price package does not know ${id}; give its price in models.yaml`);
  const { prices } = model;
  const inForce = Array.isArray(prices)
    ? prices.findLast(({ constraint }) => !constraint || constraint.start_date <= day)?.prices
    : prices;
  const rates = Object.entries(RATES).flatMap(([theirs, ours]) => {
    const rate = inForce?.[theirs];
    return rate === undefined ? [] : [[ours, typeof rate === 'number' ? { base: rate, tiers: [] } : rate]];
  });
  if (rates.length === 0) return 'free';
  const base = Object.fromEntries(rates.map(([name, { base: amount }]) => [name, decimal(amount)]));
  const above = stepsOf(rates);
  return above.length === 0 ? base : { ...base, above };
}

/** Each bound with all the rates that hold above it; what names none of its own there keeps the one below. */
function stepsOf(rates) {
  const bounds = [...new Set(rates.flatMap(([, { tiers }]) => tiers.map(({ start }) => start)))].toSorted(
    (a, b) => a - b,
  );
  return bounds.map((inputTokens) => ({
    inputTokens,
    ...Object.fromEntries(
      rates.map(([name, { base, tiers }]) => {
        const tier = tiers.findLast(({ start }) => start <= inputTokens);
        return [name, decimal(tier?.price ?? base)];
      }),
    ),
  }));
}

/** Digit for digit as the package has it. */
function decimal(amount) {
  const text = String(amount);
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Error(`${text} is no plain decimal`);
  return text;
}
