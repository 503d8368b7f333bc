import '@switchyard/config/supported-node';

const { createProviderFactory } = await import('@switchyard/provider-kit');
const { runWorker } = await import('@switchyard/worker');
const { createProvider, huggingFaceDescription } = await import('./adapter.js');
const { readModelPlaces } = await import('./local/model-places.js');

const surroundings = {
  places: readModelPlaces(process.env),
  threadFile: new URL('./engine/thread.js', import.meta.url),
};
const factory = createProviderFactory([
  { description: huggingFaceDescription, create: (settings) => createProvider(settings, surroundings) },
]);

await runWorker({ name: 'worker-huggingface', factory });
