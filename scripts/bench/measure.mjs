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
