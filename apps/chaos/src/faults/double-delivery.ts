import { setTimeout as sleep } from 'node:timers/promises';
import { openProcessQueue } from '@switchyard/config';
import { createLogger } from '@switchyard/telemetry';
import type { Role } from '../stage/actor.js';
import { PROVIDER } from '../stage/configuration.js';
import type { Fault, FaultContext } from './fault.js';
import { admittedIds, readEnded, untilHolds } from './look.js';

const WORKERS: readonly Role[] = ['worker-1', 'worker-2'];
const JOBS = 10;
const ROUNDS = 20;
/** Longer than a lease and a look of the reconciler. */
const FROZEN_MS = 13_000;

/** Puts entries for jobs back while they wait and while they run. */
async function deliverAgain({ stage }: FaultContext, ids: readonly string[]): Promise<void> {
  const logger = createLogger({ name: 'chaos', level: 'silent' });
  const opened = await openProcessQueue({ name: 'chaos', url: stage.queueUrl, logger });
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      await opened.queue.addEntries(
        PROVIDER,
        ids.map((jobId) => ({ jobId, priority: 0 })),
      );
      await sleep(50);
    }
  } finally {
    await opened.close();
  }
}

/** One job, delivered or run more than once. */
export const DOUBLE_DELIVERY: Fault = {
  id: 'F20',
  variants: [
    {
      name: 'jobs delivered again and again',
      nominalMs: 3_500,
      async run(context) {
        const { stage, client, violate } = context;
        const kinds = ['slow', 'plain', 'delayed'] as const;
        const submissions = kinds.flatMap((kind) => Array.from({ length: JOBS }, () => client.submit(kind)));
        const ids = admittedIds(await Promise.all(submissions));
        await deliverAgain(context, ids);
        return async () => {
          const ended = await readEnded(stage.database, ids);
          const repeated = ended.filter(({ attempts, outcome }) => attempts !== 1 || outcome !== 'succeeded');
          if (repeated.length > 0)
            violate(
              'delivered twice had an effect',
              repeated.map(({ id }) => id),
            );
        };
      },
    },
    {
      name: 'a worker stands still past its lease, and goes on beside the one that took its jobs',
      nominalMs: FROZEN_MS + 4_000,
      async run({ stage, client, chance }) {
        const worker = stage.actor(chance.pick(WORKERS));
        await Promise.all(Array.from({ length: JOBS }, () => client.submit('slow')));
        await untilHolds(stage, worker, 1);
        worker.signal('SIGSTOP');
        await sleep(FROZEN_MS);
        worker.signal('SIGCONT');
        return undefined;
      },
    },
  ],
};
