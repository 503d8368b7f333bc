export { createOpenAiProvider, type OpenAiProvider, withoutMethods } from './openai-provider.js';
export { maxTokensParameter, type MaxTokensParameter, type OpenAiQuirks } from './quirks.js';
