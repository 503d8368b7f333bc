import '@switchyard/config/supported-node';

const { createProviderFactory } = await import('@switchyard/provider-kit');
const { runWorker } = await import('@switchyard/worker');
const { copilotDescription, createProvider } = await import('./adapter.js');

const factory = createProviderFactory([{ description: copilotDescription, create: createProvider }]);

await runWorker({ name: 'worker-copilot', factory });
