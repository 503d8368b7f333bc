import '@switchyard/config/supported-node';

const { createProviderFactory } = await import('@switchyard/provider-kit');
const { runWorker } = await import('@switchyard/worker');
const { createProvider, vertexDescription } = await import('./adapter.js');

const factory = createProviderFactory([{ description: vertexDescription, create: createProvider }]);

await runWorker({ name: 'worker-vertex', factory });
