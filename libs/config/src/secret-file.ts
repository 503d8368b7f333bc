import { randomBytes, randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder } from '@switchyard/database/embedded';
import { StartError } from './process/start-error.js';

const SECRET_BYTES = 32;

/**
 * Reads the root secret that an installation with the embedded database keeps in `DATA_DIR`, and makes it at the first
 * start: 32 random bytes, in a file that only its owner may read.
 * @throws StartError in one line for the operator
 */
export async function ensureSecret(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, 'secret');
  try {
    return (await readSecret(path)) ?? (await makeSecret(dataDirectory, path));
  } catch (error) {
    if (error instanceof StartError) throw error;
    const reason = codeOf(error) ?? 'unknown cause';
    throw new StartError(`The data folder ${dataDirectory} cannot be written (${reason}). Set another DATA_DIR.`, {
      cause: error,
    });
  }
}

async function readSecret(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const secret = text.trim();
  if (Buffer.byteLength(secret) >= SECRET_BYTES) return secret;
  throw new StartError(`The secret in ${path} is too short. Put the right one back; keys made under another are lost.`);
}

async function makeSecret(dataDirectory: string, path: string): Promise<string> {
  // The embedded database's own account passes through root's folder, whose files are closed one by one.
  await makeFolder(resolve(dataDirectory), process.getuid?.() === 0 ? 0o755 : 0o700);
  const draft = join(dataDirectory, `secret.${randomUUID()}`);
  await writeFile(draft, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`, { mode: 0o600, flush: true });
  try {
    // Whole or not at all, and never over one that another process has just made.
    await link(draft, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  const secret = await readSecret(path);
  if (secret === undefined) throw new StartError(`The secret in ${path} vanished while it was made. Start again.`);
  return secret;
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
