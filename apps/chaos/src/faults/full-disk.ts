import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.js';

const FULL_MS = 4_000;
const ASK_EVERY_MS = 400;

/** Nothing can be written any more. Where the server ends for it, it is started again once there is room. */
export const FULL_DISK: Fault = {
  id: 'F27',
  variants: [
    {
      name: 'the disk of the database full',
      nominalMs: 12_000,
      obstacle: ({ disk }) => (disk ? undefined : 'this user may not mount a small disk for the database'),
      async run({ stage, client, violate, note }) {
        let ended = false;
        void stage.postgres.ended.then(() => (ended = true));
        await stage.disk?.fill();
        const endsAt = performance.now() + FULL_MS;
        const statuses = new Map<number, number>();
        while (performance.now() < endsAt) {
          const { outcome, marker } = await client.submit('plain');
          const status = outcome.kind === 'answered' ? outcome.status : 0;
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (status !== 503 && status !== 202) violate(`POST is answered ${status} with a full disk`, [marker]);
          await sleep(ASK_EVERY_MS);
        }
        if (!statuses.has(503)) violate('POST is never answered 503 with a full disk');
        await stage.disk?.free();
        if (ended) await stage.postgres.startAgain();
        const answers = [...statuses].map(([status, count]) => `${count} answers of ${status}`).join(', ');
        note(`${answers}; Postgres ${ended ? 'ended and was started again' : 'went on'}`);
        return undefined;
      },
    },
  ],
};
