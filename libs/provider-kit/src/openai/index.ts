export { createOpenAiProvider } from './openai-provider.js';
export { maxTokensParameter, type MaxTokensParameter, type OpenAiQuirks } from './quirks.js';
