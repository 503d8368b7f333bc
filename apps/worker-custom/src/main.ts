import { runWorker } from '@switchyard/worker';
import { createProvider } from './adapter.js';

await runWorker({ name: 'worker-custom', kinds: ['custom', 'simulator'], createProvider });
