import 'reflect-metadata';
import { Draining, closeHttpApp, createHttpApp, createMetrics, listen, type Logger } from '@switchyard/telemetry';
import { Exchanges } from './exchange/exchanges.js';
import { RefusalFilter } from './refusal.filter.js';
import { SimulatorModule } from './simulator.module.js';

interface SimulatorOptions {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly logger: Logger;
}

export interface RunningSimulator {
  /** Its address, without a path. */
  readonly url: string;
  /** Stops listening at once; answers that are on their way have two seconds to end. */
  close(): Promise<void>;
}

const BODY_LIMIT = 32 * 1024 * 1024;
const GRACE_MS = 2_000;
/** Names of models may hold a whole steering. */
const LONGEST_PARAMETER = 500;

/** Starts the simulator in this process. @throws Error with one line for the operator when it cannot listen. */
export async function startSimulator({ host, port, logger }: SimulatorOptions): Promise<RunningSimulator> {
  const metrics = createMetrics({ app: 'simulator' });
  const app = await createHttpApp(SimulatorModule.forRoot({ logger, metrics }), {
    logger,
    bodyLimit: BODY_LIMIT,
    server: { skipMiddie: true, routerOptions: { maxParamLength: LONGEST_PARAMETER } },
  });
  app.useGlobalFilters(new RefusalFilter());
  const url = await listen(app, { host, port });
  return {
    url,
    async close() {
      app.get(Draining).begin();
      app.get(Exchanges).close();
      await closeHttpApp(app, GRACE_MS);
    },
  };
}
