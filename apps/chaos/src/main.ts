import '@switchyard/config/supported-node';

const { chaosCommand } = await import('./chaos-command.js');

process.exit(await chaosCommand(process.argv.slice(2)));
