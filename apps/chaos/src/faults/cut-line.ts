import { setTimeout as sleep } from 'node:timers/promises';
import type { Toxic } from '@switchyard/stage';
import type { Lines, Role } from '../stage/actor.js';
import type { Fault, FaultVariant } from './fault.js';

const WORKERS: readonly Role[] = ['worker-1', 'worker-2'];
/** Longer than a lease, which is 9 s. */
const CUT_MS = 12_000;
const SLOW_MS = 5_000;
const RECOVERY_MS = 8_000;
const CALLS = 10;

const FAR_END: Readonly<Record<keyof Lines, string>> = {
  database: 'Postgres',
  queue: 'the queue',
  vendor: 'the vendor',
};

const HALF_OPEN: readonly { readonly how: string; readonly toxic: Toxic }[] = [
  { how: 'hears nothing more of', toxic: { kind: 'hang', toward: 'client' } },
  { how: 'is held up on its way to', toxic: { kind: 'hang', toward: 'both' } },
  { how: 'is cut off, unnoticed, from', toxic: { kind: 'drop' } },
];

function variant(line: keyof Lines, { how, toxic }: (typeof HALF_OPEN)[number]): FaultVariant {
  return {
    name: `a worker ${how} ${FAR_END[line]} for ${CUT_MS / 1_000} s`,
    nominalMs: CUT_MS + RECOVERY_MS,
    async run({ stage, client, chance }) {
      const cut = stage.actor(chance.pick(WORKERS)).lines[line];
      await Promise.all(Array.from({ length: CALLS }, () => client.submit('slow')));
      cut.poison(toxic);
      await sleep(CUT_MS);
      await cut.open();
      return undefined;
    },
  };
}

/** Lines of a worker that are cut, half-open, or bad. */
export const CUT_LINE: Fault = {
  id: 'F8',
  variants: [
    ...(['database', 'queue', 'vendor'] as const).flatMap((line) => HALF_OPEN.map((way) => variant(line, way))),
    {
      name: 'the lines of a worker are reset every second',
      nominalMs: SLOW_MS + RECOVERY_MS,
      async run({ stage, chance }) {
        const { database, queue, vendor } = stage.actor(chance.pick(WORKERS)).lines;
        for (let second = 0; second < SLOW_MS / 1_000; second += 1) {
          await Promise.all([database, queue, vendor].map((line) => line.reset()));
          await sleep(1_000);
        }
        return undefined;
      },
    },
    {
      name: 'the lines of a worker are slow and come in slices',
      nominalMs: SLOW_MS + RECOVERY_MS,
      async run({ stage, chance }) {
        const { database, queue, vendor } = stage.actor(chance.pick(WORKERS)).lines;
        database.poison({ kind: 'latency', milliseconds: 100 });
        queue.poison({ kind: 'slice', bytes: 3 });
        vendor.poison({ kind: 'slice', bytes: 1 });
        await sleep(SLOW_MS);
        await Promise.all([database, queue, vendor].map((line) => line.open()));
        return undefined;
      },
    },
  ],
};
