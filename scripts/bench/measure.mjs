import { readdirSync, readFileSync } from 'node:fs';

/** Does some work and says how long it took. */
export async function time(work) {
  const start = performance.now();
  const result = await work();
  return { result, milliseconds: performance.now() - start };
}

export function median(figures) {
  const sorted = [...figures].toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The figure below which that share of all lie, to a hundredth. */
export function quantile(figures, share) {
  const sorted = [...figures].toSorted((one, other) => one - other);
  return Math.round(sorted[Math.floor(sorted.length * share)] * 100) / 100;
}

/**
 * What a process and its children have used of the processor so far, in milliseconds: the same on a busy machine and an
 * idle one, near enough. Not a number where the system does not tell it.
 */
export function processorTime(pid) {
  if (process.platform !== 'linux') return Number.NaN;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(name))
    .filter((stat) => stat !== undefined && (stat.pid === pid || stat.parent === pid))
    .reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

/** Ids of a process and all that descend from it. None where the system does not tell it. */
export function treeOf(pid) {
  if (process.platform !== 'linux') return [];
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(name))
    .filter((stat) => stat !== undefined);
  const tree = [pid];
  for (const each of tree) tree.push(...parents.filter(({ parent }) => parent === each).map((child) => child.pid));
  return tree;
}

/** What these processes, without their children, have used of the processor so far, in milliseconds. */
export function processorTimeOf(pids) {
  return pids.reduce((sum, pid) => sum + (statOf(String(pid))?.milliseconds ?? 0), 0);
}

/** Bytes of memory that these processes take, what several share counted once (proportional set size). */
export function memoryOf(pids) {
  return pids.reduce((sum, pid) => sum + proportionalSize(pid), 0);
}

function proportionalSize(pid) {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1_024;
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}

const MS_PER_TICK = 10;

function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [user, system] = [Number(fields[11]), Number(fields[12])];
    return { pid: Number(pid), parent: Number(fields[1]), milliseconds: (user + system) * MS_PER_TICK };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
