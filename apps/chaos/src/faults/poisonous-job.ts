import { sql } from '@switchyard/database';
import { until } from '@switchyard/stage';
import type { Stage } from '../stage/stage.js';
import type { Fault, FaultContext } from './fault.js';
import { heldJobs, readEnded, type HeldJob } from './look.js';

const CRASH_LIMIT = 5;
/** From so many crashes on, a job runs alone in its process. */
const SUSPECT_FROM = 2;
const NEIGHBOURS = 4;
const CLAIM_LIMIT_MS = 30_000;

/** A job that kills its worker whenever it is called. */
export const POISONOUS_JOB: Fault = {
  id: 'F2',
  variants: [
    {
      name: 'a job that kills its worker every time',
      nominalMs: 23_000,
      async run(context) {
        const { stage, client, violate } = context;
        const { jobId } = await client.submit('held');
        if (jobId === undefined) return undefined;
        for (let crash = 0; crash < CRASH_LIMIT; crash += 1) {
          await Promise.all(Array.from({ length: NEIGHBOURS }, () => client.submit('slow')));
          const held = await untilCalled(context, jobId);
          if (held.crashes !== crash) violate(`its crashes are counted as ${held.crashes}, and there were ${crash}`);
          if (crash >= SUSPECT_FROM && held.together > 1) {
            violate(`it runs beside ${held.together - 1} others after ${crash} crashes`, [jobId]);
          }
          await crashWorker(stage, held.pid);
        }
        return async () => {
          const [ended] = await readEnded(stage.database, [jobId]);
          if (ended?.outcome !== 'failed' || ended.errorCode !== 'worker_crash_limit') {
            violate(`it ended as ${String(ended?.outcome)}, ${String(ended?.errorCode)}`, [jobId]);
          }
          const others = await failedByCrashes(stage, jobId);
          if (others.length > 0) violate('its neighbours failed with it', others);
        };
      },
    },
  ],
};

/** Waits until the vendor has the job's call. */
async function untilCalled({ stage, vendor }: FaultContext, jobId: string): Promise<HeldJob> {
  let held: HeldJob | undefined;
  await until(
    'the poisonous job is being called',
    async () => {
      held = (await heldJobs(stage.database)).find(({ id }) => id === jobId);
      if (!held) return false;
      await vendor.refresh();
      return vendor.calls.some(({ attempt, outcome }) => outcome === null && attempt?.startsWith(`${jobId}/`) === true);
    },
    CLAIM_LIMIT_MS,
  );
  if (!held) throw new Error('The poisonous job was let go of.');
  return held;
}

/**
 * Kills a worker and ends its lease at once: how long a lease takes to run out is the matter of F1, and five of them
 * would take a minute here.
 */
async function crashWorker(stage: Stage, pid: number): Promise<void> {
  const actor = stage.actors.find((each) => each.pid === pid);
  if (!actor) throw new Error(`The process ${pid} that holds the job is none of ours.`);
  await actor.kill();
  await stage.database.query(
    sql`update workers set lease_until = clock_timestamp() where pid = ${pid} and stopped_at is null`,
  );
  await actor.start();
}

async function failedByCrashes(stage: Stage, except: string): Promise<string[]> {
  const rows = await stage.database.query<{ id: string }>(
    sql`select 'job_' || replace(id::text, '-', '') as id from jobs
         where outcome = 'failed' and error->>'code' = 'worker_crash_limit'`,
  );
  return rows.map(({ id }) => id).filter((id) => id !== except);
}
