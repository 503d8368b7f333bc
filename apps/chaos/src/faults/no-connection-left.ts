import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase, sql } from '@switchyard/database';
import type { Submission } from '../client/client-log.js';
import type { Role } from '../stage/actor.js';
import type { Stage } from '../stage/stage.js';
import type { Fault, FaultContext } from './fault.js';

const APIS: readonly Role[] = ['api-1', 'api-2'];
const REQUESTS = 200;
const ANSWER_LIMIT_MS = 5_000;
/** More than the server takes. */
const SQUATTERS = 230;
const SQUAT_MS = 5_000;

/** Each is answered 2xx or 503 within five seconds. */
async function flood({ stage, client, chance, violate, note }: FaultContext): Promise<void> {
  const at = stage.actor(chance.pick(APIS));
  const submissions = await Promise.all(Array.from({ length: REQUESTS }, () => client.submit('plain', { at })));
  const wrong = submissions.filter((submission) => !isAnswered(submission));
  if (wrong.length > 0) violate('not answered 2xx or 503 within 5 s', wrong.map(shown));
  const longest = Math.max(
    ...submissions.map(({ outcome }) => (outcome.kind === 'answered' ? outcome.milliseconds : 0)),
  );
  const refused = submissions.filter(({ jobId }) => jobId === undefined).length;
  note(`${refused} of ${REQUESTS} refused, the longest answer took ${(longest / 1_000).toFixed(1)} s`);
}

function isAnswered({ outcome }: Submission): boolean {
  if (outcome.kind !== 'answered' || outcome.milliseconds > ANSWER_LIMIT_MS) return false;
  return outcome.status < 300 || outcome.status === 503;
}

function shown({ marker, outcome }: Submission): string {
  return `${marker}: ${outcome.kind === 'answered' ? `${outcome.status} after ${Math.round(outcome.milliseconds)} ms` : outcome.kind}`;
}

/** Takes every connection that is free, again and again, and those of the APIs too. */
async function squat({ postgres, database }: Stage, whileTaken: () => Promise<void>): Promise<void> {
  const url = postgres.urlAt(postgres.port);
  const squatters = openDatabase({ url, applicationName: 'chaos squatter', poolSize: SQUATTERS });
  let over = false;
  const stand = async (): Promise<void> => {
    while (!over) {
      await squatters.query(sql`select pg_sleep(${SQUAT_MS / 1_000})`).catch(() => sleep(100));
    }
  };
  const standing = Array.from({ length: SQUATTERS }, stand);
  try {
    await sleep(1_500);
    await database.query(
      sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'switchyard api'`,
    );
    await whileTaken();
  } finally {
    over = true;
    await database.query(
      sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chaos squatter'`,
    );
    await Promise.all(standing);
    await squatters.close();
  }
}

/** More is asked at once than there are connections for. */
export const NO_CONNECTION_LEFT: Fault = {
  id: 'F26',
  variants: [
    {
      name: '200 requests at once on one API and its few connections',
      nominalMs: 4_000,
      async run(context) {
        await flood(context);
        return undefined;
      },
    },
    {
      name: '200 requests at once with max_connections reached',
      nominalMs: 12_000,
      async run(context) {
        await squat(context.stage, () => flood(context));
        return undefined;
      },
    },
  ],
};
