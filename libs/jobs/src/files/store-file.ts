import { uuidOfFile, uuidOfJob } from '@switchyard/contract';
import { sql, type Queryable } from '@switchyard/database';
import type { ClaimedJob } from '../claim-jobs.js';
import type { NewFile } from './new-file.js';

/** Of one row, in bytes. */
export const PIECE_BYTES = 1_000_000;

/**
 * Stores a file that came out of an attempt, piece by piece. What is there already is left as it is, so that it may be
 * tried again.
 * @param keptMs Until it is dropped; less where the tenant's prompts are not stored.
 * @returns false when another epoch holds the job.
 */
export async function storeFile(
  database: Queryable,
  job: Pick<ClaimedJob, 'id' | 'workerId' | 'epoch'>,
  { id, purpose, filename, mimeType, content }: NewFile,
  keptMs: number,
): Promise<boolean> {
  const about = JSON.stringify({ purpose, filename, mime_type: mimeType, bytes: content.length });
  const pieces = Math.max(Math.ceil(content.length / PIECE_BYTES), 1);
  for (let piece = 0; piece < pieces; piece += 1) {
    const bytes = content.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
    const [row] = await database.query<{ stored: boolean }>(sql`
      select store_file_piece(${uuidOfJob(job.id)}::uuid, ${job.workerId}, ${job.epoch}, ${uuidOfFile(id)}::uuid,
                              ${about}::jsonb, ${keptMs} * interval '1 ms', ${piece}, ${bytes},
                              ${piece === pieces - 1}) as stored`);
    if (row?.stored !== true) return false;
  }
  return true;
}
