import { randomUUID } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runAs } from './account.js';
import type { Binaries } from './binaries.js';
import type { DataPlace } from './data-place.js';
import { EmbeddedPostgresError, unlessMissing, withFaultsOf } from './faults.js';

export interface ClusterSettings {
  readonly user: string;
  readonly password: string;
  /** Whether to wait until the new files are on the disk. */
  readonly durable: boolean;
}

/** Makes the folder of data where there is none yet; one that was begun and not ended is made anew. */
export async function initializeCluster(
  place: DataPlace,
  binaries: Binaries,
  settings: ClusterSettings,
): Promise<void> {
  const version = await unlessMissing(readFile(join(place.cluster, 'PG_VERSION'), 'utf8'));
  if (version?.trim() === binaries.major) return;
  if (version !== undefined) {
    throw new EmbeddedPostgresError(
      `The data in ${place.cluster} is of PostgreSQL ${version.trim()}, and this build has ${binaries.major}. ` +
        'Dump it with the build that made it, or set another DATA_DIR.',
    );
  }
  await withFaultsOf(place.home, () => makeCluster(place, binaries, settings));
}

async function makeCluster(place: DataPlace, binaries: Binaries, settings: ClusterSettings): Promise<void> {
  const { account, cluster, home } = place;
  const draft = `${cluster}.new`;
  const passwordFile = join(home, `password.${randomUUID()}`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  try {
    await writeFile(passwordFile, settings.password, { mode: 0o600 });
    if (account) await Promise.all([draft, passwordFile].map((path) => chown(path, account.uid, account.gid)));
    const { code, output } = await runAs(account, join(binaries.directory, 'bin', 'initdb'), [
      ...['-D', draft, '-U', settings.user, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      // Rounds of hashing protect a guessable password; this one is 256 random bits.
      ...['--set', 'scram_iterations=1', '--no-instructions'],
      ...(settings.durable ? [] : ['--no-sync']),
    ]);
    if (code !== 0) throw new EmbeddedPostgresError(`The database could not be made in ${home}: ${lastFault(output)}.`);
    await rename(draft, cluster);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

function lastFault(output: string): string {
  const lines = output.split('\n');
  const fault = lines.find((line) => /error:|FATAL:|PANIC:/.test(line)) ?? lines.at(-1) ?? '';
  return fault.replace(/^.*?(?:error|FATAL|PANIC):\s*/, '') || 'initdb did not say why';
}
