import { sql } from '@switchyard/database';
import type { Fault, FaultContext } from './fault.js';

const REDIS = ['redis'] as const;
const NOMINAL_MS = 4_000;
const JOBS = 15;

/** Jobs that wait and jobs that run. */
async function fillQueue({ client }: FaultContext): Promise<void> {
  const kinds = ['slow', 'delayed', 'plain'] as const;
  await Promise.all(kinds.flatMap((kind) => Array.from({ length: JOBS }, () => client.submit(kind))));
}

async function restart({ stage }: FaultContext, keepsData: boolean): Promise<void> {
  await stage.redis?.kill();
  await stage.redis?.startAgain(keepsData);
}

/** The queue forgets, or goes. */
export const LOST_QUEUE: Fault = {
  id: 'F5',
  variants: [
    {
      name: 'Redis killed, what it wrote is kept',
      nominalMs: NOMINAL_MS,
      engines: REDIS,
      async run(context) {
        await fillQueue(context);
        await restart(context, true);
        return undefined;
      },
    },
    {
      name: 'Redis killed, everything in it gone',
      nominalMs: NOMINAL_MS,
      engines: REDIS,
      async run(context) {
        await fillQueue(context);
        await restart(context, false);
        return undefined;
      },
    },
    {
      name: 'FLUSHALL with jobs waiting and active',
      nominalMs: NOMINAL_MS,
      engines: REDIS,
      async run(context) {
        await fillQueue(context);
        await context.stage.redis?.command('FLUSHALL');
        return undefined;
      },
    },
    {
      name: "the queue's table emptied with jobs waiting and active",
      nominalMs: NOMINAL_MS,
      engines: ['postgres'],
      async run(context) {
        await fillQueue(context);
        await context.stage.database.query(sql`delete from bullmq.job`);
        return undefined;
      },
    },
  ],
};
