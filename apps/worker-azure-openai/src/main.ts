import '@switchyard/config/supported-node';

const { createProviderFactory } = await import('@switchyard/provider-kit');
const { runWorker } = await import('@switchyard/worker');
const { azureOpenAiDescription, createProvider } = await import('./adapter.js');

const factory = createProviderFactory([{ description: azureOpenAiDescription, create: createProvider }]);

await runWorker({ name: 'worker-azure-openai', factory });
