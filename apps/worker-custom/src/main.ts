import { createProviderFactory } from '@switchyard/provider-kit';
import { runWorker } from '@switchyard/worker';
import { createProvider, customDescription, simulatorDescription } from './adapter.js';

const factory = createProviderFactory([
  { description: customDescription, create: createProvider },
  { description: simulatorDescription, create: createProvider },
]);

await runWorker({ name: 'worker-custom', factory });
