export { createRegistry } from './create-registry.js';
export { countPromptTokens } from './count-prompt-tokens.js';
export { boundPromptTokens, estimatePromptTokens, leastPromptTokens } from './prompt-size.js';
export type { RegisteredProvider, Registry, RegistrySource, ResolvedModel } from './registry.js';
