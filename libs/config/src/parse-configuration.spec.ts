import { ConfigurationError } from './faults/configuration-error.js';
import type { Configuration } from './configuration.js';
import { parseConfiguration } from './parse-configuration.js';

function parse(text: string, env: NodeJS.ProcessEnv = {}): Configuration {
  return parseConfiguration([{ file: 'switchyard.yaml', text }], env);
}

function faultsOf(text: string, env: NodeJS.ProcessEnv = {}): readonly string[] {
  try {
    parse(text, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
}

/** A file with two providers and a model, and something more. */
function withModel(more: string, model = ''): string {
  return `
providers: { simulator: {}, ollama: {} }
models: [ { id: m, provider: simulator, capabilities: [generation], contextWindow: 9, price: free, ${model} } ]
${more}`;
}

const start = (text: string): unknown => expect.stringContaining(text);

describe('a wrong configuration', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'what only local models have',
      `
providers:
  openai: { apiKey: sk-0123456789abcdef, pull: true }
  ollama: { pull: true }
  stable_diffusion: { pull: false }
models:
  - { id: a, provider: openai, capabilities: [image], price: free, quantization: { bits: 4 }, pull: true }
  - { id: b, provider: ollama, capabilities: [code], contextWindow: 9, price: free, quantization: { bits: 4 }, pull: true }
  - { id: c, provider: ollama, capabilities: [code], contextWindow: 9, price: free, quantization: { bits: 5 } }`,
      [
        'providers.openai.pull: means nothing to a provider of the kind openai; remove it, or use one of ollama',
        'models[0].quantization: means nothing to a provider of the kind openai',
        'models[0].pull: means nothing to a provider of the kind openai',
        'models[2].quantization.bits: must be one of 4, 8, 16',
      ],
    ],
    [
      'unknown fields, each with what was meant',
      withModel('fallbackChains: []\nmodelz: []', 'contextWindwo: 1, xyzzy: 1'),
      [
        'fallbackChains: unknown field; did you mean fallbackChain?',
        'modelz: unknown field; did you mean models?',
        'models[0].contextWindwo: unknown field; did you mean contextWindow?',
        'models[0].xyzzy: unknown field; remove it',
      ],
    ],
    [
      'wrong types',
      withModel(
        'modules: { ollama: off }\nlimits: 5\naliases: [ m ]\ndefaultProvider: 3',
        'maxOutputTokens: "5", quality: high, params: { temperature: 3, size: big, n: 0 }',
      ),
      [
        'modules.ollama: must be true or false',
        'limits: must be a map',
        'aliases: must be a map',
        'defaultProvider: must be text; put the value in quotes',
        'models[0].maxOutputTokens: must be a whole number',
        'models[0].quality: must be a number',
        'models[0].params.temperature: must be 2 or less',
        'models[0].params.size: must be the size of an image such as 1024x1024, or auto',
        'models[0].params.n: must be 1 or more',
      ],
    ],
    [
      'what a model needs',
      `
providers: { simulator: {} }
models:
  - {}
  - { id: e, provider: simulator, capabilities: [embedding] }
  - { id: i, provider: simulator, capabilities: [image], price: {} }
  - { id: g, provider: simulator, capabilities: [], price: fre, contextWindow: 0 }`,
      [
        'models[0].id: is missing',
        'models[0].provider: is missing',
        'models[0].capabilities: is missing',
        'models[0].price: is missing',
        'models[1].contextWindow: is missing: a model with the capability embedding needs it',
        'models[1].price: is missing: give the prices in dollars per million tokens, or write price: free',
        'models[2].price: must say something',
        'models[3].capabilities: must have an entry',
        'models[3].price: must be `free`, or a map of prices',
        'models[3].contextWindow: must be 1 or more',
      ],
    ],
    [
      'prices that are no amounts',
      withModel(
        '',
        `versions: { v: { price: { inputPerMillion: -1, outputPerMillion: 0x10, perRequest: "1,5", perImage: .inf,
           cachedInputPerMillion: 0.0000000001, batchFactor: 2, above: [ { inputTokens: 9, inputPerMillion: 1, outputPerMillion: 1 },
           { inputTokens: 9, inputPerMillion: 1, outputPerMillion: 1 } ] } } }`,
      ),
      [
        'inputPerMillion: must be a decimal amount',
        'outputPerMillion: must be a decimal amount',
        'perRequest: must be a decimal amount',
        'perImage: must be a decimal amount',
        'cachedInputPerMillion: must be a decimal amount',
        'batchFactor: must be a decimal from 0 to 1',
        'above[1].inputTokens: must be more than 9',
      ].map((fault) => `models[0].versions.v.price.${fault}`),
    ],
    [
      'names that are taken',
      withModel(
        `
aliases: { m: m, fast: m, auto: m }
loadBalancers: { fast: { models: [ m ] } }
experiments: { fast: { arms: { a: { model: m } } } }
budgets: [ { name: b, dailyLimit: 1 }, { name: b, dailyLimit: 1 } ]
tenants:
  one: { keys: [ { name: k, key: canary-canary-canary } ] }
  two: { keys: [ { name: k, key: canary-canary-canary } ] }`,
      ).replace(
        'ollama: {}',
        'ollama: { models: [ { id: m, capabilities: [embedding], contextWindow: 9, price: free } ] }',
      ),
      [
        'providers.ollama.models[0].id: the name "m" is taken by models[0].id',
        'aliases.m: the name "m" is taken by models[0].id',
        'loadBalancers.fast: the name "fast" is taken by aliases.fast',
        'experiments.fast: the name "fast" is taken by aliases.fast',
        'aliases.auto: `auto` leaves the choice to the gateway',
        'tenants.two.keys[0].name: the name "k" is taken by tenants.one.keys[0].name',
        'tenants.two.keys[0].key: is the same as tenants.one.keys[0].key',
        'budgets[1].name: the name "b" is taken by budgets[0].name',
      ],
    ],
    [
      'names of nothing',
      withModel(
        `
aliases: { a: mm, b: simulator, x: y, y: z, z: y }
defaultProvider: simulatr
fallbackChain: [ simulator, m, simulator ]
customModel: nothing
routingRules: [ { name: r, when: { not: { tenant: acme }, complexty: 1 }, model: nothing } ]
loadBalancers: { l: { models: [ m, a, l, { model: nothing } ] } }
experiments: { e: { arms: { a: { model: m, version: v7 }, b: { model: nothing } } } }
generators: { g: { model: e, template: t }, h: { model: nothing, template: rag } }
budgets: [ { name: b, dailyLimit: 1, tenant: acme, key: k, model: a } ]
accessPolicies: [ { name: p, models: [ m, nothing ], requiredPermissions: [ q ] } ]
rateLimits: [ { name: l, provider: nothing, maxTokens: 1, windowMs: 100 } ]
contentRules: [ { name: c, moderationModel: nothing, action: flag } ]
webhooks: { endpoints: [ { tenant: acme, url: https://x.example } ] }
modules: { dashbord: false, nothing: true }`,
        'fallbackModels: [ nothing, m ], versions: { v1: { provider: nothing } }, defaultVersion: v2',
      ).replace('ollama: {}', 'ollama: { defaultModel: m }'),
      [
        'aliases.a: no model or alias is named "mm"; did you mean m?',
        'aliases.b: "simulator" is the name of a provider; here belongs a model or alias',
        'aliases.y: leads back to itself (y → z → y)',
        'defaultProvider: no provider is named "simulatr"; did you mean simulator?',
        'fallbackChain[1]: "m" is the name of a model; only a provider can stand here',
        'fallbackChain[2]: stands in the list twice',
        'customModel: no model or alias is named "nothing"',
        'routingRules[0].when.not.tenant: no tenant is named "acme"',
        'routingRules[0].when.complexty: unknown field; did you mean complexity?',
        'routingRules[0].model: no model, alias, load balancer or experiment is named "nothing"',
        'loadBalancers.l.models[2]: "l" is the name of a load balancer; here belongs a model or alias',
        'loadBalancers.l.models[3].model: no model or alias is named "nothing"',
        'experiments.e.arms.a.version: the model m has no version "v7"',
        'experiments.e.arms.b.model: no model or alias is named "nothing"',
        'generators.g.template: no prompt template is named "t"',
        'generators.h.model: no model, alias, load balancer or experiment is named "nothing"',
        'budgets[0].tenant: no tenant is named "acme"',
        'budgets[0].key: no key is named "k"',
        'budgets[0].model: "a" is the name of an alias; only a model can stand here',
        'accessPolicies[0].models[1]: no model is named "nothing"',
        'rateLimits[0].provider: no provider is named "nothing"',
        'contentRules[0].moderationModel: no model or alias is named "nothing"',
        'webhooks.endpoints[0].tenant: no tenant is named "acme"',
        'modules.dashbord: neither a module nor a provider; did you mean dashboard?',
        'modules.nothing: neither a module nor a provider; known: dashboard',
        'models[0].fallbackModels[0]: no model or alias is named "nothing"',
        'models[0].fallbackModels[1]: is the model itself',
        'models[0].versions.v1.provider: no provider is named "nothing"',
        'models[0].defaultVersion: no version is named "v2"; known: v1',
        'providers.ollama.defaultModel: "m" is a model of the provider simulator; name one of ollama',
      ],
    ],
    [
      'providers that lack what their kind needs',
      `
providers:
  openai: { baseURL: "https://user:canary@x.example" }
  groq: { keys: [ { name: a, apiKey: x, rateLimit: { windowMs: 500 } }, { name: a, apiKey: y } ], apiKey: z }
  azure_openai: { auth: { kind: azure_ad, tenantId: t } }
  coin: { kind: custom, auth: { kind: oauth3 } }
  anthropic: { apiKey: x, auth: { kind: oauth2_client_credentials, clientId: c, clientSecret: canary, header: Host } }
  copilot: { keys: [ { name: a, apiKey: x } ], auth: { kind: google, credentialsFile: f, useMetadata: true } }
  lost: { concurrency: 0 }
  dashboard: { kind: ollama, timeouts: { totalMs: 1.5 } }
  simulator: { baseURL: "ftp://x", local: maybe }
  "a b": { kind: ollama }`,
      [
        'providers.openai.baseURL: must be an http or https URL without a user name or password in it',
        'providers.openai.apiKey: is missing: a provider of the kind openai needs apiKey, keys or auth',
        'providers.groq.keys: stands beside apiKey',
        'providers.groq.keys[1].name: the name "a" is taken by providers.groq.keys[0].name',
        'providers.groq.keys[0].rateLimit: limits nothing',
        'providers.azure_openai.endpoint: is missing',
        'providers.azure_openai.auth.clientId: is missing',
        'providers.azure_openai.auth.clientSecret: is missing',
        'providers.coin.auth.kind: must be one of oauth2_client_credentials, google, azure_ad',
        'providers.coin.baseURL: is missing',
        'providers.anthropic.auth: stands beside providers.anthropic.apiKey; keep one of them',
        'providers.anthropic.auth.tokenUrl: is missing',
        'providers.anthropic.auth.header: must be the name of a header',
        'providers.copilot.auth: stands beside providers.copilot.keys; keep one of them',
        'providers.copilot.auth.useMetadata: stands beside credentialsFile; keep one of them',
        'providers.lost.kind: is missing, and "lost" is no kind itself',
        'providers.lost.concurrency: must be 1 or more',
        'providers.dashboard: dashboard is the name of a module',
        'providers.dashboard.timeouts.totalMs: must be a whole number',
        'providers.simulator.baseURL: must be an http or https URL',
        'providers.simulator.local: must be true or false',
        'providers["a b"]: must be a name of 1 to 63 letters',
      ],
    ],
    [
      'limits, times and keys that mean nothing',
      withModel(`
budgets:
  - { name: none }
  - { name: zero, dailyLimit: 0, timeZone: Mars/Base, blockOnLimit: false, onLimit: wait }
  - { name: much, monthlyLimit: -5, timeZone: "+01:00", alertThreshold: 80 }
  - { name: odd, dailyLimit: 1, timeZone: AET }
  - { name: fixed, dailyLimit: 1, timeZone: cet }
rateLimits: [ { name: none, windowMs: 99 }, { name: some, tenant: t, maxRequests: 0, windowMs: 86400001 } ]
limits: { bodyBytes: 4GiX, resultBytes: 0, maxQueuedPerTenant: 1.5 }
retention: { payloads: 30, jobs: 30 days }
contentRules: [ { name: c, action: erase } ]
loadBalancers: { l: { models: [], strategy: random } }
experiments: { e: { arms: {} }, f: { arms: { a: { model: m, weight: 0 } } }, g: { arms: { a: { model: m, weight: 0.5 }, b: { model: m, weight: 0.4 } }, goal: fame, alias: none } }
tenants:
  t:
    weight: -1
    webhookSecret: canary
    keys: [ { name: short, key: canary }, { name: spaced, key: "canary canary canary" }, { key: 1234567890123456 } ]
  "white space": {}
webhooks: { endpoints: [ { tenant: t, url: "https://me:canary@x.example", events: [ job.done ] } ] }`),
      [
        'budgets[0]: limits nothing; give dailyLimit, monthlyLimit or both',
        'budgets[1].dailyLimit: must be a decimal amount',
        'budgets[1].timeZone: must be a time zone of the IANA database',
        'budgets[1].onLimit: contradicts blockOnLimit',
        'budgets[2].monthlyLimit: must be a decimal amount',
        'budgets[2].timeZone: must be a time zone of the IANA database',
        'budgets[2].alertThreshold: must be 1 or less',
        'budgets[3].timeZone: must be a time zone of the IANA database',
        'budgets[4].timeZone: must be a time zone of the IANA database',
        'rateLimits[0]: limits nobody',
        'rateLimits[0]: limits nothing',
        'rateLimits[0].windowMs: must be 100 or more',
        'rateLimits[1].maxRequests: must be 1 or more',
        'rateLimits[1].windowMs: must be 86400000 or less',
        'limits.bodyBytes: must be a number of bytes',
        'limits.resultBytes: must be 1 or more',
        'limits.maxQueuedPerTenant: must be a whole number',
        'retention.payloads: must be a number and its unit',
        'retention.jobs: must be a number and its unit',
        'contentRules[0].action: must be one of block, redact, flag',
        'contentRules[0]: looks for nothing',
        'loadBalancers.l.models: must have an entry',
        'loadBalancers.l.strategy: must be one of round_robin, weighted, least_busy, fastest',
        'experiments.e.arms: must say something',
        'experiments.f.arms.a.weight: must be more than 0',
        'experiments.g.arms: the weights add up to 0.9',
        'experiments.g.goal: must be one of success, quality, cost, latency',
        'experiments.g.alias: no alias is named "none"',
        'tenants.t.weight: must be more than 0',
        'tenants.t.webhookSecret: must be `whsec_`',
        'tenants.t.keys[0].key: must be 16 or more visible characters',
        'tenants.t.keys[1].key: must be 16 or more visible characters',
        'tenants.t.keys[2].name: is missing',
        'tenants.t.keys[2].key: must be 16 or more visible characters without spaces; put the value in quotes',
        'tenants["white space"]: must be a name',
        'webhooks.endpoints[0].url: must be an http or https URL without a user name or password',
        'webhooks.endpoints[0].events[0]: must be one of job.succeeded',
      ],
    ],
    ['a file that is a list', '- providers', ['switchyard.yaml: must be a map of sections']],
    [
      'maps with special keys',
      '__proto__: { x: 1 }\nconstructor: 1',
      ['__proto__: unknown field', 'constructor: unknown field'],
    ],
  ])('names %s', (_, text, expected) => {
    const faults = faultsOf(text);
    expect(faults).toEqual(expect.arrayContaining(expected.map(start)));
    expect(faults).toHaveLength(expected.length);
    expect(faults.join('\n')).not.toContain('canary');
  });

  it('reports nothing of what is unknown for want of a variable', () => {
    const text = 'providers: { openai: { apiKey: "${A}", concurrency: "${B}" } }\nfallbackChain: [ "${C}", nothing ]';
    expect(faultsOf(text).map((fault) => fault.split(':')[0])).toEqual([
      'providers.openai.apiKey',
      'providers.openai.concurrency',
      'fallbackChain[0]',
      'fallbackChain[1]',
    ]);
  });

  it('keeps values of the environment out of its messages', () => {
    const faults = faultsOf('providers: { simulator: {} }\ndefaultProvider: ${WRONG}', { WRONG: 'sk-canary-canary' });
    expect(faults).toEqual(['defaultProvider: no provider is named "${WRONG}"']);
  });
});

describe('a right configuration', () => {
  it('may be empty, with a warning', () => {
    for (const text of ['', '# nothing', 'providers:', '{}']) {
      const { providers, defaultProvider, warnings, tenants } = parse(text);
      expect([providers.size, defaultProvider, [...tenants.keys()]]).toEqual([0, undefined, ['default']]);
      expect(warnings).toEqual(['providers: none is configured, so no job can run']);
    }
  });

  it('takes a whole variable as the number, switch or text that its place wants', () => {
    const env = { COUNT: '7', OFF: 'false', PRICE: '0.10', NAME: '007', NONE: '' };
    const text = withModel(
      'modules: { ollama: "${OFF}" }\nlimits: { maxQueuedPerTenant: "${COUNT}", bodyBytes: "${COUNT}" }',
      'providerModel: "${NAME}", maxOutputTokens: "${NONE}", versions: { v: { price: { perRequest: "${PRICE}" } } }',
    );
    const { modules, limits, models } = parse(text, env);
    expect(modules['ollama']).toBe(false);
    expect(limits).toMatchObject({ maxQueuedPerTenant: 7, bodyBytes: 7 });
    expect(models.get('m')).toMatchObject({
      providerModel: '007',
      versions: { v: { price: { perRequest: 100_000_000n } } },
    });
    expect(models.get('m')).not.toHaveProperty('maxOutputTokens');
  });

  it.each([
    ['0.1', 100_000_000n],
    ['0.10', 100_000_000n],
    ['"0.1"', 100_000_000n],
    ['0.123456789', 123_456_789n],
    ['999999.999999999', 999_999_999_999_999n],
    ['1000000', 1_000_000_000_000_000n],
    ['1e-9', 1n],
    ['2.5e1', 25_000_000_000n],
    ['3', 3_000_000_000n],
  ])('reads the amount %s exactly', (written, nano) => {
    const model = `versions: { v: { price: { inputPerMillion: ${written}, outputPerMillion: 0 } } }`;
    expect(parse(withModel('', model)).models.get('m')?.versions['v']?.price?.inputPerMillion).toBe(nano);
  });

  it('reads sizes and spans', () => {
    const { limits, retention } = parse(
      'limits: { bodyBytes: 4GiB, resultBytes: 5MB }\nretention: { payloads: 12h, jobs: 2w }',
    );
    expect(limits).toEqual({ bodyBytes: 4_294_967_296, resultBytes: 5_000_000, maxQueuedPerTenant: 100_000 });
    expect(retention).toEqual({ payloads: 43_200_000, jobs: 1_209_600_000 });
  });

  it('runs the simulator only where a provider of its kind is configured', () => {
    expect(parse('providers: { ollama: {} }').modules.simulator).toBe(false);
    expect(parse('providers: { fake: { kind: simulator } }').modules.simulator).toBe(true);
    expect(parse('providers: { simulator: }\nmodules: { simulator: false }').modules.simulator).toBe(false);
  });

  it('takes the first of the chain, then the first of all, for the default provider', () => {
    expect(parse('providers: { ollama: {}, simulator: {} }\nfallbackChain: [ simulator ]').defaultProvider).toBe(
      'simulator',
    );
    expect(parse('providers: { ollama: {}, simulator: {} }').defaultProvider).toBeUndefined();
    expect(parse('providers: { ollama: {} }').defaultProvider).toBe('ollama');
  });

  it('warns of rates that a price leaves out, and of a default that is switched off', () => {
    const text = `
providers: { simulator: {}, ollama: {} }
modules: { ollama: false }
defaultProvider: ollama
models: [ { id: m, provider: simulator, capabilities: [generation, image], contextWindow: 9, price: { inputPerMillion: 1 } } ]`;
    expect(parse(text).warnings).toEqual([
      'models.m.price: without outputPerMillion this part counts as free',
      'models.m.price: without perImage this part counts as free',
      'defaultProvider: modules switches the provider ollama off, so it is passed over',
    ]);
  });
});
