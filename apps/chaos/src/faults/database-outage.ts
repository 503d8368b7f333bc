import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@switchyard/stage';
import type { PostgresStop } from '../stage/own-postgres.js';
import type { Fault, FaultContext, FaultVariant } from './fault.js';
import { admittedIds, heldJobs, readEnded } from './look.js';

const CALLS = 200;
/** By the list of faults; measured from the moment that the server takes connections. */
const WORK_GOES_ON_MS = 2_000;
const CALLS_LIMIT_MS = 15_000;
const ASK_EVERY_MS = 500;
const RECOVERY_MS = 3_500;

async function runOutage(context: FaultContext, how: PostgresStop, outageMs: number): Promise<() => Promise<void>> {
  const { stage, client, vendor, violate, note } = context;
  const submissions = await Promise.all(Array.from({ length: CALLS }, () => client.submit('slow')));
  const ids = admittedIds(submissions);
  await until(
    'the calls have begun',
    async () => (await readEnded(stage.database, ids)).every(({ attempts }) => attempts > 0),
    CALLS_LIMIT_MS,
  );
  const running = (await heldJobs(stage.database)).filter(({ id }) => ids.includes(id)).length;
  if (running < ids.length) note(`${running} calls running`);
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

/** How long until a new job has gone all the way, by the database. */
async function untilWorkGoesOn({ client, stage }: FaultContext): Promise<number> {
  const backAt = performance.now();
  let jobId: string | undefined;
  await until(
    'a job goes all the way',
    async () => {
      jobId ??= (await client.submit('plain')).jobId;
      if (jobId === undefined) return false;
      const [job] = await readEnded(stage.database, [jobId]);
      return job?.outcome === 'succeeded';
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
