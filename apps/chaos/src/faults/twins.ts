import type { Submission } from '../client/client-log.js';
import type { Role } from '../stage/actor.js';
import { KEYS } from '../stage/configuration.js';
import type { Fault, FaultContext } from './fault.js';
import { admittedIds } from './look.js';

const APIS: readonly Role[] = ['api-1', 'api-2'];
const TWINS = 200;
const AFTER_RESTART = 20;

let rounds = 0;

/** Sends so many requests at once under one key. */
async function sendTwins({ client }: FaultContext, marker: string, count: number): Promise<Submission[]> {
  const headers = { 'idempotency-key': marker };
  return await Promise.all(Array.from({ length: count }, () => client.submit('twin', { marker, headers })));
}

/** They are all answered with one job; all but `made` of them as replays. */
function checkTwins({ violate }: FaultContext, twins: readonly Submission[], made: number, when: string): void {
  const ids = new Set(admittedIds(twins));
  const refused = twins.filter(({ jobId }) => jobId === undefined).map(({ marker }) => marker);
  const replayed = twins.filter((twin) => twin.replayed).length;
  if (refused.length > 0) violate(`twins are refused ${when}`, refused);
  if (ids.size !== 1) violate(`twins got ${ids.size} jobs ${when}`, [...ids]);
  if (replayed !== twins.length - made) violate(`${replayed} of ${twins.length} twins are replays ${when}`, [...ids]);
}

function refusalOf({ outcome }: Submission): string {
  return outcome.kind === 'answered' ? `${outcome.status} ${JSON.stringify(outcome.body)}` : outcome.kind;
}

/** One request, sent over and over. */
export const TWINS_OF_ONE_KEY: Fault = {
  id: 'F18',
  variants: [
    {
      name: `one Idempotency-Key posted ${TWINS} times at once, after a restart, with another body, by another tenant`,
      nominalMs: 12_000,
      async run(context) {
        const { stage, client, vendor, violate } = context;
        rounds += 1;
        const marker = `chaos-twins-${rounds}`;
        const first = await sendTwins(context, marker, TWINS);
        checkTwins(context, first, 1, 'at once');
        for (const role of APIS) {
          await stage.actor(role).stop();
          await stage.actor(role).start();
        }
        const later = await sendTwins(context, marker, AFTER_RESTART);
        checkTwins(context, [...first, ...later], 1, 'after a restart');

        const headers = { 'idempotency-key': marker };
        const [jobId = ''] = admittedIds(first);
        const changed = await client.submit('twin', { marker: `${marker}-changed`, headers });
        if (!refusalOf(changed).includes('idempotency_key_reused') || !refusalOf(changed).startsWith('422')) {
          violate(`another body under the same key is answered ${refusalOf(changed)}`, [jobId]);
        }
        const stranger = await client.submit('plain', { marker: `${marker}-other`, headers, key: KEYS.other });
        if (stranger.jobId === undefined || stranger.jobId === jobId) {
          violate(`another tenant's request under the same key is answered ${refusalOf(stranger)}`, [jobId]);
        }
        return async () => {
          await vendor.refresh();
          const calls = vendor.calls.filter(({ attempt }) => attempt?.startsWith(`${jobId}/`) === true);
          if (calls.length !== 1) violate(`twins made ${calls.length} calls`, [jobId]);
        };
      },
    },
  ],
};
