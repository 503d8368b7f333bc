import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, EmbeddedPostgresError, unlessMissing } from './faults.js';
import { processStart } from './process-identity.js';

/** The right of one process to run the server of a folder. */
export interface Ownership {
  release(): Promise<void>;
}

interface Owner {
  readonly pid: number;
  readonly start: string;
}

const TRIES = 3;

/**
 * Takes the folder for this process. What a process left that is gone is taken over.
 * @throws EmbeddedPostgresError when a living process has it.
 */
export async function takeOwnership(folder: string): Promise<Ownership> {
  const path = join(folder, 'owner.json');
  const mine = JSON.stringify({ pid: process.pid, start: (await processStart(process.pid)) ?? '' } satisfies Owner);
  const draft = join(folder, `owner.${randomUUID()}.json`);
  await writeFile(draft, mine, { mode: 0o600 });
  try {
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (await claim(draft, path)) return { release: () => rm(path, { force: true }) };
      const found = await unlessMissing(readFile(path, 'utf8'));
      if (found === undefined) continue;
      const owner = readOwner(found);
      if (owner && (await processStart(owner.pid)) === owner.start) throw alreadyRuns(folder, owner.pid);
      await takeAway(path, found);
    }
    throw new EmbeddedPostgresError(`Other processes are starting on the data in ${folder}; try again.`);
  } finally {
    await rm(draft, { force: true });
  }
}

function alreadyRuns(folder: string, pid: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `Switchyard already runs on the data in ${folder} (process ${pid}). Stop it first, or set another DATA_DIR.`,
  );
}

/** A link is made as a whole or not at all, and never over another one. */
async function claim(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Moves away what was judged; where another process was faster and it is that one's by now, puts it back. */
async function takeAway(path: string, judged: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  if ((await unlessMissing(rename(path, aside).then(() => true))) === undefined) return;
  if ((await readFile(aside, 'utf8')) !== judged) await claim(aside, path);
  await rm(aside, { force: true });
}

function readOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('start' in value)) return undefined;
    const { pid, start } = value;
    return typeof pid === 'number' && typeof start === 'string' ? { pid, start } : undefined;
  } catch {
    return undefined;
  }
}
