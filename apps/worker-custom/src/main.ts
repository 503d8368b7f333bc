import '@switchyard/config/supported-node';

const { createProviderFactory } = await import('@switchyard/provider-kit');
const { runWorker } = await import('@switchyard/worker');
const { createProvider, customDescription, simulatorDescription } = await import('./adapter.js');

const factory = createProviderFactory([
  { description: customDescription, create: createProvider },
  { description: simulatorDescription, create: createProvider },
]);

await runWorker({ name: 'worker-custom', factory });
