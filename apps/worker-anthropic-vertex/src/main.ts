import '@switchyard/config/supported-node';

const { createProviderFactory } = await import('@switchyard/provider-kit');
const { runWorker } = await import('@switchyard/worker');
const { anthropicVertexDescription, createProvider } = await import('./adapter.js');

const factory = createProviderFactory([{ description: anthropicVertexDescription, create: createProvider }]);

await runWorker({ name: 'worker-anthropic-vertex', factory });
