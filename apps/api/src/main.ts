import '@switchyard/config/supported-node';

const { runProcess } = await import('@switchyard/config');
const { startApi } = await import('./start-api.js');

await runProcess('api', startApi);
