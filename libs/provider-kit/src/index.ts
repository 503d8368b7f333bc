export { classifyErrorBody, classifyStatus } from './classify-error.js';
export { parseUsage } from './parse-usage.js';
export { createProviderFactory, type ProviderFactory, type ProviderRegistration } from './provider-factory.js';
export { readServerSentEvents, type ServerSentEvent } from './server-sent-events.js';
