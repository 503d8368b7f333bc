import { setTimeout as sleep } from 'node:timers/promises';
import type { Role, WrongClock } from '../stage/actor.js';
import type { Fault, FaultVariant } from './fault.js';

const ROLES: readonly Role[] = ['api-1', 'courier', 'worker-1', 'worker-2'];
const HOUR_MS = 3_600_000;
const HALF_A_MINUTE_MS = 30_000;
const WRONG_MS = 6_000;
const NOMINAL_MS = 16_000;

function variant(name: string, clock: WrongClock): FaultVariant {
  return {
    name,
    nominalMs: NOMINAL_MS,
    async run({ stage, chance, note }) {
      const [one, other] = chance.shuffle(ROLES);
      const actors = [one, other].flatMap((role) => (role ? [stage.actor(role)] : []));
      note(`in ${actors.map(({ role }) => role).join(' and ')}`);
      for (const actor of actors) {
        await actor.stop();
        await actor.start(clock);
      }
      await sleep(WRONG_MS);
      for (const actor of actors) {
        await actor.stop();
        await actor.start();
      }
      return undefined;
    },
  };
}

/**
 * Processes whose `Date` is wrong. Only theirs: the database's clock is the machine's, which stays right, and so do
 * timers, which no setting of the time moves.
 */
export const WRONG_CLOCK: Fault = {
  id: 'F21',
  variants: [
    variant('clocks 30 s ahead', { offByMs: HALF_A_MINUTE_MS }),
    variant('clocks 30 s behind', { offByMs: -HALF_A_MINUTE_MS }),
    variant('clocks an hour ahead', { offByMs: HOUR_MS }),
    variant('clocks an hour behind', { offByMs: -HOUR_MS }),
    variant('clocks an hour ahead that step back', { offByMs: HOUR_MS, stepsBackAfterMs: WRONG_MS / 2 }),
  ],
};
