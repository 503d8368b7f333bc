import '@switchyard/config/supported-node';

const { createProviderFactory } = await import('@switchyard/provider-kit');
const { runWorker } = await import('@switchyard/worker');
const { createProvider, stableDiffusionDescription } = await import('./adapter.js');

const factory = createProviderFactory([{ description: stableDiffusionDescription, create: createProvider }]);

await runWorker({ name: 'worker-stable-diffusion', factory });
