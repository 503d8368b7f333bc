import '@switchyard/telemetry/supported-node';

const { createLogger } = await import('@switchyard/telemetry');
const { readEnvironment } = await import('./environment.js');
const { startSimulator } = await import('./start-simulator.js');

async function main(): Promise<void> {
  const { host, port, logLevel } = readEnvironment(process.env);
  const logger = createLogger({ name: 'simulator', level: logLevel });
  const simulator = await startSimulator({ host, port, logger });
  logger.info({ url: simulator.url }, 'The simulator listens');

  let ending = false;
  const end = (): void => {
    // Asked a second time, it waits for nothing.
    if (ending) process.exit(0);
    ending = true;
    void simulator.close().finally(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  // A supervisor that is gone cannot stop what it started.
  if (process.env['SWITCHYARD_SUPERVISED'] === '1') process.on('disconnect', end);
}

main().catch((error: unknown) => {
  process.stderr.write(`The simulator does not start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
