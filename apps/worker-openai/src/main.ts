import '@switchyard/config/supported-node';

const { createProviderFactory } = await import('@switchyard/provider-kit');
const { runWorker } = await import('@switchyard/worker');
const { createProvider, openAiDescription } = await import('./adapter.js');

const factory = createProviderFactory([{ description: openAiDescription, create: createProvider }]);

await runWorker({ name: 'worker-openai', factory });
