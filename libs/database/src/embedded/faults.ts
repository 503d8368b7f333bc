/** The embedded Postgres cannot be had; the message is one line that says why and what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied: choose a DATA_DIR that this user may write to',
  EPERM: 'not permitted: choose a DATA_DIR that this user may write to',
  EROFS: 'the file system is read-only: choose another DATA_DIR',
  ENOSPC: 'the disk is full',
  EDQUOT: "this user's share of the disk is used up",
  ENOTDIR: 'a part of the path is no folder: choose another DATA_DIR',
  EEXIST: 'a file stands in its place: choose another DATA_DIR',
};

/** Does `work`; what the file system refuses becomes one line about `path`. */
export async function withFaultsOf<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const reason = REASONS[codeOf(error) ?? ''];
    if (reason === undefined || error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(`Cannot keep the database in ${path}: ${reason}.`, { cause: error });
  }
}

/** The system's code of an error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Resolves to undefined where a file or folder is not there. */
export async function unlessMissing<Result>(result: Promise<Result>): Promise<Result | undefined> {
  try {
    return await result;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
