export { createRegistry, registryOf } from './create-registry.js';
export { countPromptTokens, sizePrompt, type PromptSize } from './count-prompt-tokens.js';
export { boundPromptTokens, boundWindowTokens, estimatePromptTokens, leastPromptTokens } from './prompt-size.js';
export { tokensOfPictures } from './media-tokens.js';
export { openTokenCounter, type TokenCounter } from './token-counter.js';
export { inTurn, Weigher } from './weigher.js';
export { withDefaults } from './with-defaults.js';
export type { RegisteredProvider, Registry, RegistrySource, ResolvedModel } from './registry.js';
