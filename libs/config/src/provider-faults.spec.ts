import { ConfigurationError } from './faults/configuration-error.js';
import { parseConfiguration } from './parse-configuration.js';

function faultsOf(text: string): readonly string[] {
  try {
    parseConfiguration([{ file: 'switchyard.yaml', text }], {});
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
}

describe('a wrong provider', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'deployments and endpoints of Azure that are none',
      `
providers:
  east: { kind: azure_openai, apiKey: x, endpoint: "https://a.example/openai/deployments/b/chat/completions?api-version=2024-10-21" }
  west: { kind: azure_openai, apiKey: x, endpoint: "https://a.example", apiVersion: "2024", deployment: a, deployments: [ { name: a, endpoint: "https://a.example" } ] }
  twice:
    kind: azure_openai
    apiKey: x
    deployments: [ { name: a, endpoint: "https://a.example" }, { name: a, endpoint: "https://b.example" }, { name: a, endpoint: "https://a.example" } ]`,
      [
        'providers.east.endpoint: is the address of one call; write it like https://<resource>.openai.azure.com',
        "providers.west.apiVersion: is no version of Azure's API",
        'providers.west.deployment: stands beside deployments',
        'providers.twice.deployments[2]: stands in the list twice',
      ],
    ],
    [
      'what has no secret where its vendor asks for one',
      `
providers:
  groq: {}
  copilot: { baseURL: "https://models.github.ai/inference" }
  azure_openai: { endpoint: "https://a.example" }
  regions: { kind: azure_openai, deployments: [ { name: a, endpoint: "https://a.example", apiKey: x }, { name: a, endpoint: "https://b.example" } ] }`,
      [
        'providers.groq.apiKey: is missing: a provider of the kind groq needs apiKey, keys or auth',
        'providers.copilot.apiKey: is missing',
        'providers.azure_openai.apiKey: is missing',
        'providers.regions.deployments[1].apiKey: is missing',
      ],
    ],
    [
      'what is asked of Google without a project',
      `
modules: { off: false }
providers:
  vertex: {}
  anthropic_vertex: { apiKey: x, region: "Europe West" }
  off: { kind: vertex }
  express: { kind: vertex, apiKey: x }
  token: { kind: vertex, apiKey: x, auth: { kind: google }, project: p }
  whole: { kind: anthropic_vertex, project: "example.com:yard", region: global }`,
      [
        'providers.vertex.project: is missing: a provider of the kind vertex needs the id of the Google Cloud project',
        'providers.anthropic_vertex.region: is no name of a region; copy it from the Google Cloud console',
        'providers.anthropic_vertex.project: is missing',
        'providers.token.auth: stands beside providers.token.apiKey',
        'providers.token.project: is no name of a project',
      ],
    ],
    [
      'mappings that send or read nothing',
      `
providers:
  none: { kind: custom, baseURL: "https://x.example", mapping: {} }
  other: { kind: simulator, mapping: { generate: { path: /say, text: /out, body: "{{prompt}}" } }, dialect: {} }
  partial: { kind: custom, baseURL: "https://x.example", dialect: { jsonSchema: 5 }, mapping: { generate: { path: /say, text: "", body: "{{prompt}}" } } }
  house:
    kind: custom
    baseURL: https://x.example
    mapping:
      key: { header: Host }
      generate: { path: "say/{{prompt}}", method: GET, body: { in: "{{promt}}", deep: [ { at: "{{n}}" } ] }, finishReasons: { a: b }, usage: { in: /a } }
      embed: { path: "/v/{{input}}", embeddings: a/b, headers: { "x y": canary } }
      image: { path: /i, body: "{{prompt}}", images: "/a~2" }
      models: { path: "/m/{{model}}", list: "", body: "{{model}}" }
models:
  - { id: seeing, provider: house, capabilities: [generation, json, image_input], contextWindow: 5, price: free }
  - { id: blind, provider: partial, capabilities: [embedding], contextWindow: 5, price: free }`,
      [
        'providers.none.mapping: maps nothing; give it generate, embed or image',
        'providers.other.mapping: belongs to providers of the kind custom',
        'providers.other.dialect: belongs to providers of the kind custom',
        'providers.partial.dialect: stands beside mapping',
        'providers.partial.dialect.jsonSchema: must be true or false',
        'providers.house.mapping.key.header: must be the name of a header',
        'providers.house.mapping.generate.path: must be a path that begins with a slash',
        'providers.house.mapping.generate.path: {{prompt}} cannot stand in a path; only {{model}} can',
        'providers.house.mapping.generate.body.in: {{promt}} is no slot; did you mean prompt?',
        'providers.house.mapping.generate.body.deep[0].at: {{n}} is no slot',
        'providers.house.mapping.generate.body: sends nothing of the request; put {{prompt}} or {{messages}}',
        'providers.house.mapping.generate.body: cannot go with GET',
        'providers.house.mapping.generate.finishReasons.a: must be one of stop, length',
        'providers.house.mapping.generate.usage.in: unknown field',
        'providers.house.mapping.generate.usage.promptTokens: is missing',
        'providers.house.mapping.generate.text: is missing',
        'providers.house.mapping.embed.path: {{input}} cannot stand in a path',
        'providers.house.mapping.embed.embeddings: must be a JSON pointer such as /choices/0/text',
        'providers.house.mapping.embed.headers["x y"]: must be the name of a header',
        'providers.house.mapping.embed.body: is missing; put {{input}} or {{text}} where the server reads it',
        'providers.house.mapping.image.images: must be a JSON pointer',
        'providers.house.mapping.image: reads no image; give it either base64 or url',
        'providers.house.mapping.models.path: {{model}} cannot stand in a path',
        'providers.house.mapping.models.body: {{model}} is no slot; none is known here',
        'models[0].capabilities[1]: needs the slot {{schema}} in providers.house.mapping.generate.body',
        'models[0].capabilities[2]: no mapping can give a model the capability image_input',
        'models[1].capabilities[0]: needs providers.partial.mapping.embed, which is missing',
      ],
    ],
  ])('is refused for %s', (_what, text, faults) => {
    const found = faultsOf(text);
    expect(found).toEqual(expect.arrayContaining(faults.map((fault) => expect.stringContaining(fault) as unknown)));
    expect(found).toHaveLength(faults.length);
    expect(found.join()).not.toContain('canary');
  });

  it('is none where a mapping is whole', () => {
    const text = `
providers:
  house:
    kind: custom
    baseURL: https://x.example
    mapping:
      generate: { path: /say, body: { in: "{{ messages }}", shape: "{{schema}}" }, text: "" }
      image: { path: /i, body: "{{prompt}}", images: "", url: "" }
models: [ { id: m, provider: house, capabilities: [generation, code, json, image], contextWindow: 5, price: free } ]`;
    expect(faultsOf(text)).toEqual([]);
  });
});
