/** Where jobs go on whose model fails for good. */
export const SPARE = 'spare';

/** A model whose vendor refuses the first call of each job with 429, and how long it is to be left in peace, at least. */
interface LimitedModel {
  readonly vendorName: string;
  readonly leastMs: number;
}

/** By what `Retry-After` says. */
export const LIMITED_MODELS = {
  'limited-seconds': { vendorName: 'sim-status-429,retry-after-2,times-1', leastMs: 2_000 },
  // A date knows whole seconds.
  'limited-date': { vendorName: 'sim-status-429,retry-after-date-2,times-1', leastMs: 1_000 },
  'limited-ms': { vendorName: 'sim-status-429,retry-after-ms-1500,times-1', leastMs: 1_500 },
  'limited-zero': { vendorName: 'sim-status-429,retry-after-0,times-1', leastMs: 0 },
  'limited-negative': { vendorName: 'sim-status-429,retry-after--5,times-1', leastMs: 500 },
  'limited-silent': { vendorName: 'sim-status-429,times-1', leastMs: 500 },
} as const satisfies Readonly<Record<string, LimitedModel>>;

/** A model that fails for good: its jobs go on at the spare one, after so many attempts at most. */
interface DeadModel {
  readonly provider: string;
  readonly vendorName: string;
  readonly attempts: number;
}

const ofVendor = { provider: 'openai', attempts: 3 };

export const DEAD_MODELS = {
  'dead-500': { ...ofVendor, vendorName: 'sim-status-500' },
  'dead-502': { ...ofVendor, vendorName: 'sim-status-502' },
  'dead-503': { ...ofVendor, vendorName: 'sim-status-503' },
  'dead-504': { ...ofVendor, vendorName: 'sim-status-504' },
  'dead-529': { ...ofVendor, vendorName: 'sim-status-529' },
  'dead-line': { ...ofVendor, vendorName: 'sim-cut-0' },
  'dead-name': { provider: 'nowhere', vendorName: 'gone', attempts: 3 },
  'dead-tls': { provider: 'plain', vendorName: 'plain', attempts: 3 },
  'dead-limit': { ...ofVendor, vendorName: 'sim-status-429,retry-after-86400', attempts: 1 },
  'dead-model': { ...ofVendor, vendorName: 'sim-status-404', attempts: 1 },
} as const satisfies Readonly<Record<string, DeadModel>>;

/** Models whose vendor will not have a request, or its key: never sent again, and moved nowhere. */
export const REFUSING_MODELS = {
  'refuses-400': { provider: 'openai', vendorName: 'sim-status-400' },
  'refuses-422': { provider: 'openai', vendorName: 'sim-status-422' },
  'refuses-401': { provider: 'locked', vendorName: 'sim-status-401' },
  'refuses-403': { provider: 'locked', vendorName: 'sim-status-403' },
} as const satisfies Readonly<Record<string, { readonly provider: string; readonly vendorName: string }>>;

/** Their providers besides the first, in YAML: the same vendor, and two that cannot be reached. */
export const FURTHER_PROVIDERS = [
  [SPARE, '${VENDOR_URL}/v1'],
  ['locked', '${VENDOR_URL}/v1'],
  ['nowhere', 'http://nowhere.invalid/v1'],
  // A port where nobody speaks TLS.
  ['plain', '${VENDOR_TLS_URL}/v1'],
]
  .map(
    ([name, url]) => `
  ${name}:
    kind: openai
    baseURL: ${url}
    apiKey: sk-vendor-0123456789abcdef
    concurrency: 64
    timeouts: { connectMs: 2000, firstByteMs: 10000, idleMs: 3000, totalMs: 15000 }`,
  )
  .join('');

/** Their entries in `models`, in YAML. @param price that of every model */
export function failingModels(price: string): string {
  const entry = (id: string, provider: string, vendorName: string, fallback = true): string => `
  - id: ${id}
    provider: ${provider}
    providerModel: "${vendorName}"
    capabilities: [generation]
    contextWindow: 128000
    defaultMaxTokens: 64
    ${fallback ? `fallbackModels: [${SPARE}]\n    ` : ''}${price}`;
  return [
    entry(SPARE, SPARE, 'spare', false),
    ...Object.entries(LIMITED_MODELS).map(([id, { vendorName }]) => entry(id, 'openai', vendorName, false)),
    ...Object.entries({ ...DEAD_MODELS, ...REFUSING_MODELS }).map(([id, { provider, vendorName }]) =>
      entry(id, provider, vendorName),
    ),
  ].join('');
}
