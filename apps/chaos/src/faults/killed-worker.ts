import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultContext, Fault } from './fault.js';
import { untilHolds } from './look.js';
import type { Role } from '../stage/actor.js';

const WORKERS: readonly Role[] = ['worker-1', 'worker-2'];
const CALLS = 12;
/** A lease, a look of the reconciler, and the call again; longer at worst. */
const LEASE_AND_CHECKS_MS = 12_000;

/** Kills these in mid-call and starts them again. */
async function kill({ stage, client }: FaultContext, roles: readonly Role[]): Promise<void> {
  await Promise.all(Array.from({ length: CALLS }, () => client.submit('slow')));
  const actors = roles.map((role) => stage.actor(role));
  await Promise.all(actors.map((actor) => untilHolds(stage, actor, 1)));
  await Promise.all(actors.map((actor) => actor.kill()));
  await Promise.all(actors.map((actor) => actor.start()));
}

export const KILLED_WORKER: Fault = {
  id: 'F1',
  variants: [
    {
      name: 'kill -9 of a worker in mid-call',
      nominalMs: LEASE_AND_CHECKS_MS,
      async run(context) {
        await kill(context, [context.chance.pick(WORKERS)]);
        return undefined;
      },
    },
    {
      name: 'kill -9 of both workers in mid-call',
      nominalMs: LEASE_AND_CHECKS_MS + 2_000,
      async run(context) {
        await kill(context, WORKERS);
        return undefined;
      },
    },
    {
      name: 'kill -9 of workers in mid-call, again and again',
      nominalMs: LEASE_AND_CHECKS_MS + 10_000,
      async run(context) {
        for (let round = 0; round < 4; round += 1) {
          await kill(context, [context.chance.pick(WORKERS)]);
          await sleep(context.chance.between(0, 1_500));
        }
        return undefined;
      },
    },
  ],
};
