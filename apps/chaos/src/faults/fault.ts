import type { Client } from '../client/client.js';
import type { VendorLog } from '../evidence/vendor-log.js';
import type { Engine } from '../options.js';
import type { Chance } from '../schedule/chance.js';
import type { Stage } from '../stage/stage.js';

/** What a fault is done with. */
export interface FaultContext {
  readonly stage: Stage;
  readonly client: Client;
  readonly vendor: VendorLog;
  readonly chance: Chance;
  /** Tells of a promise of the fault's own that was not kept. */
  readonly violate: (what: string, ids?: readonly string[]) => void;
  /** Adds to the fault's line of progress. */
  readonly note: (text: string) => void;
}

/** What is looked at once everything has recovered. */
export type Afterwards = () => Promise<void>;

/** One way in which a fault can be done. */
export interface FaultVariant {
  readonly name: string;
  /** Until everything has recovered, in milliseconds, as far as can be said beforehand. */
  readonly nominalMs: number;
  /** Default: all. */
  readonly engines?: readonly Engine[];
  /** Why it cannot be done here; undefined when it can. */
  readonly obstacle?: (stage: Stage) => string | undefined;
  /** Does it, and mends it: resolves when the fault has ended. */
  run(context: FaultContext): Promise<Afterwards | undefined>;
}

/** A row of the list of faults. */
export interface Fault {
  readonly id: string;
  readonly variants: readonly FaultVariant[];
}
