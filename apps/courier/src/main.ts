import '@switchyard/config/supported-node';

const { runProcess } = await import('@switchyard/config');
const { startCourier } = await import('./start-courier.js');

await runProcess('courier', startCourier);
