import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@switchyard/stage';
import type { PostgresStop } from '../stage/own-postgres.js';
import type { Fault, FaultContext, FaultVariant } from './fault.js';
import { admittedIds, heldJobs, readEnded } from './look.js';

const CALLS = 200;
/** By the list of faults; measured from the moment that the server takes connections. */
const WORK_GOES_ON_MS = 2_000;
const ASK_EVERY_MS = 500;
const RECOVERY_MS = 3_500;

async function runOutage(context: FaultContext, how: PostgresStop, outageMs: number): Promise<() => Promise<void>> {
  const { stage, client, vendor, violate, note } = context;
  const submissions = await Promise.all(Array.from({ length: CALLS }, () => client.submit('slow')));
  const ids = admittedIds(submissions);
  const running = new Set<string>();
  await until(
    'the calls run',
    async () => {
      const held = new Set((await heldJobs(stage.database)).map(({ id }) => id));
      for (const id of ids) if (held.has(id)) running.add(id);
      return running.size === ids.length;
    },
    10_000,
  );
  await stage.postgres.stop(how);
  const endsAt = performance.now() + outageMs;
  while (performance.now() < endsAt) {
    await client.submit('plain').then(({ outcome, marker }) => {
      if (outcome.kind !== 'answered' || outcome.status !== 503) {
        violate('POST is not answered 503 without the database', [`${marker}: ${JSON.stringify(outcome)}`]);
      }
    });
    await sleep(ASK_EVERY_MS);
  }
  await stage.postgres.startAgain();
  const backMs = await untilWorkGoesOn(context);
  note(`work goes on ${(backMs / 1_000).toFixed(1)} s after it was back`);
  if (backMs > WORK_GOES_ON_MS) violate(`work goes on only ${Math.round(backMs)} ms after the database was back`);

  return async () => {
    await vendor.refresh();
    const calls = Map.groupBy(vendor.calls, ({ attempt }) => attempt?.split('/')[0]);
    const twice = ids.filter((id) => (calls.get(id)?.length ?? 0) > 1);
    if (twice.length > 0) violate('calls were made twice', twice);
    const lost = (await readEnded(stage.database, ids)).filter(({ outcome }) => outcome !== 'succeeded');
    if (lost.length > 0)
      violate(
        'answers of the vendor were thrown away',
        lost.map(({ id }) => id),
      );
  };
}

/** How long until a new job has gone all the way. */
async function untilWorkGoesOn({ client }: FaultContext): Promise<number> {
  const backAt = performance.now();
  await until(
    'a job goes all the way',
    async () => {
      const { jobId } = await client.submit('waited');
      const read = jobId === undefined ? undefined : await client.read(jobId, 10);
      return read?.kind === 'answered' && read.status === 200;
    },
    20_000,
  );
  return performance.now() - backAt;
}

function variant(how: PostgresStop, seconds: number): FaultVariant {
  return {
    name: `Postgres stopped ${how === 'fast' ? 'fast' : 'immediately'} for ${seconds} s with ${CALLS} calls running`,
    nominalMs: RECOVERY_MS + seconds * 1_000 + (seconds > 9 ? 12_000 : 0),
    run: (context) => runOutage(context, how, seconds * 1_000),
  };
}

/** The database goes and comes back. */
export const DATABASE_OUTAGE: Fault = {
  id: 'F7',
  variants: [variant('fast', 5), variant('immediate', 5), variant('fast', 60), variant('immediate', 60)],
};
