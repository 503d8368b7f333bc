export { createAnthropicProvider } from './anthropic-provider.js';
export { type AnthropicQuirks, type ModelRoutes } from './quirks.js';
