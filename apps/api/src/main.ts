import { runProcess } from '@switchyard/config';
import { startApi } from './start-api.js';

await runProcess('api', startApi);
