import { setTimeout as sleep } from 'node:timers/promises';
import type { Submission } from '../client/client-log.js';
import type { Fault, FaultContext } from './fault.js';
import { admittedIds, readEnded } from './look.js';

const OUTAGE_MS = 6_000;
const REQUESTS = 20;
/** Workers look once a second without being woken; the jobs themselves take no time. */
const WORK_GOES_ON_MS = 5_000;
const NOMINAL_MS = 9_000;

/** POST answers 202 all the while, and what it admitted is done before the queue is back. */
async function during({ client, stage, violate }: FaultContext): Promise<void> {
  const beganAt = performance.now();
  const submissions = await Promise.all(Array.from({ length: REQUESTS }, () => client.submit('plain')));
  const refused = submissions.filter(({ jobId }) => jobId === undefined);
  if (refused.length > 0) violate('POST is not answered 202', refused.map(shown));
  const ids = admittedIds(submissions);
  let open = ids;
  while (open.length > 0 && performance.now() - beganAt < WORK_GOES_ON_MS) {
    await sleep(100);
    const ended = await readEnded(stage.database, ids);
    open = ended.filter(({ outcome }) => outcome === null).map(({ id }) => id);
  }
  if (open.length > 0) violate(`no work is done within ${WORK_GOES_ON_MS / 1_000} s without the queue`, open);
  await sleep(Math.max(0, OUTAGE_MS - (performance.now() - beganAt)));
}

function shown({ marker, outcome }: Submission): string {
  return `${marker}: ${outcome.kind === 'answered' ? outcome.status : outcome.kind}`;
}

/** Redis takes nothing more, or is not there. */
export const REDIS_OUTAGE: Fault = {
  id: 'F6',
  variants: [
    {
      name: 'Redis full',
      nominalMs: NOMINAL_MS,
      engines: ['redis'],
      async run(context) {
        const { redis } = context.stage;
        await redis?.command('CONFIG SET maxmemory 1');
        await during(context);
        await redis?.command('CONFIG SET maxmemory 0');
        return undefined;
      },
    },
    {
      name: 'Redis down',
      nominalMs: NOMINAL_MS,
      engines: ['redis'],
      async run(context) {
        const { redis } = context.stage;
        await redis?.kill();
        await during(context);
        await redis?.startAgain(true);
        return undefined;
      },
    },
  ],
};
