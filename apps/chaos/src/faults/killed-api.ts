import { until, type Toxic } from '@switchyard/stage';
import type { Submission } from '../client/client-log.js';
import type { Actor, Role } from '../stage/actor.js';
import type { Fault, FaultContext, FaultVariant } from './fault.js';
import { countStored } from './look.js';

const APIS: readonly Role[] = ['api-1', 'api-2'];
const REQUESTS = 5;
const NOMINAL_MS = 5_000;

interface Moment {
  readonly name: string;
  readonly line: 'database' | 'queue';
  readonly toxic: Toxic;
  /** Whether the jobs are committed by then. */
  readonly stored: boolean;
}

const MOMENTS: readonly Moment[] = [
  { name: 'before the commit', line: 'database', toxic: { kind: 'hang', toward: 'server' }, stored: false },
  { name: 'after the commit', line: 'database', toxic: { kind: 'hang', toward: 'client' }, stored: true },
  { name: 'at the enqueue', line: 'queue', toxic: { kind: 'hang', toward: 'server' }, stored: true },
  { name: 'after the enqueue', line: 'queue', toxic: { kind: 'hang', toward: 'client' }, stored: true },
];

let batches = 0;

async function killAt({ stage, client, chance }: FaultContext, moment: Moment): Promise<void> {
  const api = stage.actor(chance.pick(APIS));
  const line = api.lines[moment.line];
  batches += 1;
  const markers = Array.from({ length: REQUESTS }, (_, index) => `chaos-killed-${batches}-${index}`);
  line.poison(moment.toxic);
  const send = (marker: string, at?: Actor): Promise<Submission> =>
    client.submit('twin', { marker, headers: { 'idempotency-key': marker }, ...(at ? { at } : {}) });
  const requests = Promise.all(markers.map((marker) => send(marker, api)));
  const arrived = async (): Promise<boolean> =>
    !moment.stored || (await countStored(stage.database, markers)) === REQUESTS;
  await Promise.race([until(`the jobs are stored (${moment.name})`, arrived, 4_000).catch(() => undefined), requests]);
  await api.kill();
  await requests;
  await line.open();
  await api.start();
  // Whoever had no answer asks again under its key, and finds the job that was made, or makes it.
  await Promise.all(markers.map((marker) => send(marker)));
}

/** Ended between what it does for a request and what it says. */
export const KILLED_API: Fault = {
  id: 'F3',
  variants: [
    ...MOMENTS.map((moment): FaultVariant => ({
      name: `kill -9 of the API ${moment.name}`,
      nominalMs: NOMINAL_MS,
      async run(context) {
        await killAt(context, moment);
        return undefined;
      },
    })),
    {
      name: 'kill -9 of the API in the middle of its requests',
      nominalMs: NOMINAL_MS,
      async run({ stage, client, chance }) {
        const api = stage.actor(chance.pick(APIS));
        const requests = Array.from({ length: 30 }, () => client.submit('plain', { at: api }));
        await Promise.race(requests);
        await api.kill();
        await Promise.all(requests);
        await api.start();
        return undefined;
      },
    },
  ],
};
