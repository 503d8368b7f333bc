/** Keys of two tenants, and one for everything. */
export const KEYS = {
  acme: 'sk-acme-0123456789abcdef',
  acmePremium: 'sk-acme-premium-0123456789',
  globex: 'sk-globex-0123456789abcdef',
  admin: 'sk-admin-0123456789abcdef',
  scopeless: 'sk-scopeless-0123456789abc',
} as const;

/** Several providers and models: one of every property that an answer may turn on. */
export const CONFIGURATION = `
modules: { switched-off: false }
budgets:
  - { name: acme-month, tenant: acme, monthlyLimit: 1000000 }
providers:
  sim: { kind: simulator, defaultModel: chat }
  vendor: { kind: openai, apiKey: sk-vendor-secret-canary, baseURL: "https://vendor.example/v1", defaultModel: vendor-chat }
  claude: { kind: anthropic, apiKey: sk-ant-secret-canary }
  switched-off: { kind: openai, apiKey: sk-off-secret-canary }
models:
  - id: chat
    provider: sim
    capabilities: [generation, code, tools, json]
    contextWindow: 8000
    defaultMaxTokens: 100
    price: { inputPerMillion: "30", outputPerMillion: "60" }
    versions: { v1: { providerModel: chat-1 }, v2: { providerModel: chat-2 } }
    defaultVersion: v2
  - id: meta/llama-3.1
    provider: sim
    capabilities: [generation]
    contextWindow: 8000
    price: free
  - id: premium-chat
    provider: sim
    capabilities: [generation]
    contextWindow: 8000
    price: free
    permission: premium
  - id: gold-chat
    provider: sim
    capabilities: [generation]
    contextWindow: 8000
    price: free
  - id: embedding
    name: Vectors
    provider: sim
    capabilities: [embedding]
    contextWindow: 8000
    price: { inputPerMillion: "0.02" }
  - id: pictures
    provider: sim
    capabilities: [image]
    price: { perImage: "0.04" }
  - id: vendor-chat
    provider: vendor
    capabilities: [generation, code, tools, json, image_input]
    contextWindow: 8000
    price: free
  - id: claude-chat
    provider: claude
    capabilities: [generation]
    contextWindow: 8000
    price: free
  - id: off-chat
    provider: switched-off
    capabilities: [generation]
    contextWindow: 8000
    price: free
aliases: { smart: chat, smarter: smart, secret-alias: premium-chat }
experiments: { trial: { arms: { a: { model: chat, version: v1 }, b: { model: meta/llama-3.1 } } } }
accessPolicies: [{ name: gold, models: [gold-chat], requiredPermissions: [gold] }]
defaultProvider: sim
tenants:
  acme:
    keys:
      - { name: acme-app, key: ${KEYS.acme} }
      - { name: acme-premium, key: ${KEYS.acmePremium}, scopes: [jobs], permissions: [premium, gold] }
      - { name: acme-scopeless, key: ${KEYS.scopeless}, scopes: [] }
  globex:
    keys: [{ name: globex-app, key: ${KEYS.globex} }]
`;
