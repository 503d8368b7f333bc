import '@switchyard/config/supported-node';

const { runCommand } = await import('./run-command.js');

process.exit(await runCommand(process.argv.slice(2)));
