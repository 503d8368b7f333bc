import { createProviderFactory } from '@switchyard/provider-kit';
import { runWorker } from '@switchyard/worker';
import { createProvider, openAiDescription } from './adapter.js';

const factory = createProviderFactory([{ description: openAiDescription, create: createProvider }]);

await runWorker({ name: 'worker-openai', factory });
