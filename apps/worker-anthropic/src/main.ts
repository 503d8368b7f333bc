import '@switchyard/config/supported-node';

const { createProviderFactory } = await import('@switchyard/provider-kit');
const { runWorker } = await import('@switchyard/worker');
const { anthropicDescription, createProvider } = await import('./adapter.js');

const factory = createProviderFactory([{ description: anthropicDescription, create: createProvider }]);

await runWorker({ name: 'worker-anthropic', factory });
