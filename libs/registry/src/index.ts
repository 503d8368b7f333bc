export { createRegistry } from './create-registry.js';
export { boundPromptTokens, estimatePromptTokens, leastPromptTokens } from './prompt-size.js';
export type { RegisteredProvider, Registry, RegistrySource, ResolvedModel } from './registry.js';
