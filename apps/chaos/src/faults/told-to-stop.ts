import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor, Role } from '../stage/actor.js';
import { until } from '@switchyard/stage';
import type { Fault, FaultContext } from './fault.js';
import { heldJobs, untilHolds } from './look.js';

const WORKERS: readonly Role[] = ['worker-1', 'worker-2'];
const EVERYBODY: readonly Role[] = ['api-1', 'worker-1', 'courier', 'api-2', 'worker-2'];
/** A process that is told to stop has ended by then, whatever it was doing. */
const GRACE_MS = 10_000;
const AT_ONCE_MS = 1_000;
const CALLS = 10;

/** Stops it as a deployment does. */
async function stop({ violate }: FaultContext, actor: Actor): Promise<void> {
  const { code, milliseconds } = await actor.stop();
  if (code !== 0) violate(`${actor.role} ended with status ${String(code)} when it was told to stop`);
  if (milliseconds > GRACE_MS) violate(`${actor.role} took ${Math.round(milliseconds)} ms to stop`);
}

/** Everything that was asked since then has been granted: there was always somebody to ask. */
function checkRequests({ client, violate }: FaultContext, since: number): void {
  const failed = client.log.submissions.filter(
    ({ sentAt, outcome }) => sentAt >= since && !(outcome.kind === 'answered' && outcome.status < 300),
  );
  if (failed.length > 0)
    violate(
      'requests failed',
      failed.map(({ marker, outcome }) => `${marker}: ${outcome.kind}`),
    );
}

/** Processes that are told to stop. */
export const TOLD_TO_STOP: Fault = {
  id: 'F23',
  variants: [
    {
      name: 'five rolling restarts under load',
      nominalMs: 22_000,
      async run(context) {
        const beganAt = Date.now();
        for (const role of context.chance.shuffle(EVERYBODY)) {
          const actor = context.stage.actor(role);
          await Promise.all(Array.from({ length: CALLS }, () => context.client.submit('slow')));
          await stop(context, actor);
          await actor.start();
        }
        return async () => checkRequests(context, beganAt);
      },
    },
    {
      name: 'a second SIGTERM',
      nominalMs: 16_000,
      async run({ stage, client, chance, violate }) {
        const actor = stage.actor(chance.pick(WORKERS));
        await Promise.all(Array.from({ length: CALLS }, () => client.submit('slow')));
        await untilHolds(stage, actor, 1);
        const ended = actor.stop();
        await sleep(200);
        actor.signal('SIGTERM');
        const { milliseconds } = await ended;
        if (milliseconds > AT_ONCE_MS) violate(`${actor.role} took ${Math.round(milliseconds)} ms although told twice`);
        await actor.start();
        return undefined;
      },
    },
    {
      name: 'a call longer than the grace',
      nominalMs: 22_000,
      async run(context) {
        const { stage, client } = context;
        const { jobId } = await client.submit('long');
        let holder: Actor | undefined;
        await until(
          'the long call runs',
          async () => {
            const held = (await heldJobs(stage.database)).find(({ id }) => id === jobId);
            holder = stage.actors.find(({ pid }) => pid !== undefined && pid === held?.pid);
            return holder !== undefined;
          },
          10_000,
        );
        if (!holder) return undefined;
        await stop(context, holder);
        await holder.start();
        return undefined;
      },
    },
  ],
};
