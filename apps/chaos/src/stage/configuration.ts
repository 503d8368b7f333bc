import { failingModels, FURTHER_PROVIDERS } from './failing-models.js';

/** Keys of the tenants and of the operator; the load is acme's. */
export const KEYS = {
  acme: 'sk-chaos-acme-0123456789abcdef',
  other: 'sk-chaos-other-0123456789abcdef',
  /** Whose requests a budget bounds. */
  spender: 'sk-chaos-spender-0123456789abcdef',
  admin: 'sk-chaos-admin-0123456789abcdef',
} as const;

/** The provider that everything is sent to; calls at once, over both of its workers. */
export const PROVIDER = 'openai';
const CONCURRENCY = 256;

/** How long the vendor takes over a call to a model, in milliseconds. */
export const LATENCY_MS = { slow: 1_500, held: 6_000, long: 8_000 } as const;

/** Models that differ in what the vendor does with their calls; see the simulator's README. */
const TEXT_MODELS: Readonly<Record<string, string>> = {
  slow: `sim-latency-${LATENCY_MS.slow}`,
  // As long as a fault needs to find its worker.
  held: `sim-latency-${LATENCY_MS.held}`,
  // Longer than a worker's grace.
  long: `sim-latency-${LATENCY_MS.long}`,
  flaky: 'sim-status-503,times-1',
  limited: 'sim-status-429,retry-after-1,times-1',
  cut: 'sim-cut-20,times-1',
  garbled: 'sim-body-half,times-1',
  refused: 'sim-status-400',
  hanging: 'sim-hang-1',
  'usage-none': 'sim-usage-none',
  'usage-zero': 'sim-usage-zero',
  'usage-negative': 'sim-usage-negative',
  'usage-text': 'sim-usage-text',
};

/**
 * The budget of F19. A request of one of its models reserves a hundredth of it, whatever it says, and costs half of that
 * in the end.
 */
export const BUDGET = { name: 'spender-daily', limit: '1.00', reservations: 100, maxTokens: 64 } as const;

const PRICE = 'price: { inputPerMillion: "3", outputPerMillion: "7", perImage: "0.04" }';

/** The configuration file; `VENDOR_URL` and `VENDOR_TLS_URL` differ from process to process. */
export function configurationFile(): string {
  const texts = Object.entries(TEXT_MODELS).map(
    ([id, vendorName]) => `
  - id: ${id}
    provider: ${PROVIDER}
    providerModel: "${vendorName}"
    capabilities: [generation]
    contextWindow: 128000
    defaultMaxTokens: 64
    ${PRICE}`,
  );
  return `
defaultProvider: ${PROVIDER}
providers:
  ${PROVIDER}:
    baseURL: \${VENDOR_URL}/v1
    apiKey: sk-vendor-0123456789abcdef
    defaultModel: quick
    concurrency: ${CONCURRENCY}
    timeouts: { connectMs: 2000, firstByteMs: 10000, idleMs: 3000, totalMs: 15000 }${FURTHER_PROVIDERS}
models:
  - id: quick
    provider: ${PROVIDER}
    capabilities: [generation, code, embedding, image, tools]
    contextWindow: 128000
    defaultMaxTokens: 64
    ${PRICE}${texts.join('')}${failingModels(PRICE)}${budgetSection()}
tenants:
  acme:
    keys: [{ name: acme-app, key: ${KEYS.acme}, scopes: [jobs] }]
  other:
    keys: [{ name: other-app, key: ${KEYS.other}, scopes: [jobs] }]
  spender:
    keys: [{ name: spender-app, key: ${KEYS.spender}, scopes: [jobs] }]
`;
}

/** Prices by which `maxTokens` of an answer cost a cent, and the half that the vendor writes half a cent. */
function budgetSection(): string {
  const model = (id: string, vendorName: string): string => `
  - id: ${id}
    provider: ${PROVIDER}
    providerModel: "${vendorName}"
    capabilities: [generation]
    contextWindow: 128000
    price: { inputPerMillion: "0", outputPerMillion: "156.25" }`;
  const tokens = BUDGET.maxTokens / 2;
  return `${model('budgeted', `sim-tokens-${tokens}`)}${model('budgeted-slow', `sim-latency-${LATENCY_MS.held},tokens-${tokens}`)}
budgets:
  - { name: ${BUDGET.name}, tenant: spender, dailyLimit: "${BUDGET.limit}" }`;
}
