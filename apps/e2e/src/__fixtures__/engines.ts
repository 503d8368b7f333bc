import { describeEngines } from '@switchyard/queue/testing';
import { startRedis, type OwnRedis } from '@switchyard/stage';

/** A queue's engine for one spec: none to start for Postgres, a server of its own for Redis, which a spec may flush. */
export interface SpecEngine {
  /** For QUEUE_URL; undefined on Postgres. Known once `start` has resolved. */
  url(): string | undefined;
  start(): Promise<void>;
  stop(): Promise<void>;
  redis(): OwnRedis | undefined;
}

/** Describes a suite once for each engine, each with what it needs. */
export function describeOnEngines(name: string, suite: (engine: SpecEngine) => void): void {
  describeEngines(name, (engine) => {
    let redis: OwnRedis | undefined;
    suite({
      url: () => redis?.url,
      redis: () => redis,
      async start() {
        redis = engine === 'redis' ? await startRedis() : undefined;
      },
      async stop() {
        await redis?.stop();
      },
    });
  });
}
