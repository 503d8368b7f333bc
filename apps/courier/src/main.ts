import { runProcess } from '@switchyard/config';
import { startCourier } from './start-courier.js';

await runProcess('courier', startCourier);
