import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client/client.js';
import { overshootOf, readBudget } from '../faults/overspending.js';
import type { Violation } from './evidence.js';

const LOOK_EVERY_MS = 200;

/** Looks at a budget all the while: I4 holds at any instant. */
export class BudgetWatch {
  #highest = 0n;
  #looks = 0;
  #stopped = false;
  #watching: Promise<void> | undefined;

  constructor(private readonly client: Client) {}

  begin(): void {
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#watching;
  }

  /** The furthest that it was seen past its limit, in nano-dollars. */
  get overshoot(): bigint {
    return this.#highest;
  }

  get violations(): Violation[] {
    if (this.#looks === 0) return [{ rule: 'I4', what: 'the budget could never be read', ids: [] }];
    if (this.#highest <= 0n) return [];
    return [{ rule: 'I4', what: `a budget was ${this.#highest} nano-dollars past its limit`, ids: [] }];
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      // Some faults take the API away; what counts is what is seen.
      const day = await readBudget(this.client).catch(() => undefined);
      if (day) {
        this.#looks += 1;
        const overshoot = overshootOf(day);
        if (overshoot > this.#highest) this.#highest = overshoot;
      }
      await sleep(LOOK_EVERY_MS);
    }
  }
}
