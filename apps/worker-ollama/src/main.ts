import '@switchyard/config/supported-node';

const { createProviderFactory } = await import('@switchyard/provider-kit');
const { runWorker } = await import('@switchyard/worker');
const { createProvider, ollamaDescription } = await import('./adapter.js');

const factory = createProviderFactory([{ description: ollamaDescription, create: createProvider }]);

await runWorker({ name: 'worker-ollama', factory });
