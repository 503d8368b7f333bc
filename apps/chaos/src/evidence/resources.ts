import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor, Role } from '../stage/actor.js';
import type { Stage } from '../stage/stage.js';
import type { Violation } from './evidence.js';

/** What one process holds. */
export interface Holdings {
  readonly role: Role;
  readonly memoryBytes: number;
  /** Without those of calls to the vendor. */
  readonly descriptors: number;
  /** To database and queue. */
  readonly connections: number;
  /** Of calls to the vendor; kept for as long after them as the vendor offers. */
  readonly vendorSockets: number;
}

const SHARE = 0.1;
const MEGABYTES = 20;
/** A tenth of a handful is none, and pools open and close one at any time. */
const SPARE = 5;
/** Once to collect, and once for what the first time let go of. */
const COLLECTIONS = 2;
const COLLECTING_MS = 1_000;

/** Why memory and descriptors cannot be read; undefined where they can. */
export function obstacleToMeasuring(): string | undefined {
  return process.platform === 'linux' ? undefined : 'there is no /proc on this system';
}

/** Measures every process of the product, its garbage collected. */
export async function measure(stage: Stage): Promise<Holdings[]> {
  const actors = stage.actors.filter(({ role }) => role !== 'simulator');
  for (let round = 0; round < COLLECTIONS; round += 1) {
    for (const actor of actors) actor.signal('SIGUSR2');
    await sleep(COLLECTING_MS);
  }
  return (await Promise.all(actors.map(holdingsOf))).filter((holdings) => holdings !== undefined);
}

async function holdingsOf({ role, pid, lines }: Actor): Promise<Holdings | undefined> {
  if (pid === undefined) return undefined;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return {
    role,
    memoryBytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1_024,
    descriptors: (await readdir(`/proc/${pid}/fd`)).length - lines.vendor.connections,
    connections: lines.database.connections + lines.queue.connections,
    vendorSockets: lines.vendor.connections,
  };
}

/**
 * I8: memory, file descriptors and connections return to within 10 % and 20 MB of where they were. Pure. Sockets to the
 * vendor have a check of their own.
 */
export function checkHoldings(before: readonly Holdings[], after: readonly Holdings[]): Violation[] {
  const found: Violation[] = [];
  for (const was of before) {
    const is = after.find(({ role }) => role === was.role);
    const grown = (what: string, from: number, to: number, spare: number, unit: string): void => {
      if (to <= from * (1 + SHARE) + spare) return;
      found.push({ rule: 'I8', what: `${was.role}: ${what} grew from ${from}${unit} to ${to}${unit}`, ids: [] });
    };
    if (!is) {
      found.push({ rule: 'I8', what: `${was.role} does not run any more`, ids: [] });
      continue;
    }
    grown('memory', toMegabytes(was.memoryBytes), toMegabytes(is.memoryBytes), MEGABYTES, ' MB');
    grown('file descriptors', was.descriptors, is.descriptors, SPARE, '');
    grown('connections', was.connections, is.connections, SPARE, '');
  }
  return found;
}

/** I8: no socket to the vendor is left once it has been quiet for longer than they are kept. Pure. */
export function checkVendorSockets(after: readonly Holdings[]): Violation[] {
  return after
    .filter(({ vendorSockets }) => vendorSockets > SPARE)
    .map(({ role, vendorSockets }) => ({
      rule: 'I8',
      what: `${role} keeps ${vendorSockets} sockets to the vendor`,
      ids: [],
    }));
}

function toMegabytes(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}
