/** The configuration of whoever has none: the simulator, which needs no account and costs pretended money. */
export const BUILT_IN_CONFIGURATION = `
providers:
  simulator:
    defaultModel: sim-chat
models:
  - id: sim-chat
    provider: simulator
    capabilities: [generation, code, tools, json, image_input]
    contextWindow: 128000
    maxOutputTokens: 16384
    price: { inputPerMillion: "0.5", outputPerMillion: "1.5" }
  - id: sim-embedding
    provider: simulator
    capabilities: [embedding]
    contextWindow: 8192
    price: { inputPerMillion: "0.02" }
  - id: sim-image
    provider: simulator
    capabilities: [image]
    price: { perImage: "0.01" }
defaultProvider: simulator
fallbackChain: [simulator]
`;

/** Stands in `source` where no file does. */
export const BUILT_IN_SOURCE = 'built-in';
