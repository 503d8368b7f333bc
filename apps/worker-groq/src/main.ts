import '@switchyard/config/supported-node';

const { createProviderFactory } = await import('@switchyard/provider-kit');
const { runWorker } = await import('@switchyard/worker');
const { createProvider, groqDescription } = await import('./adapter.js');

const factory = createProviderFactory([{ description: groqDescription, create: createProvider }]);

await runWorker({ name: 'worker-groq', factory });
