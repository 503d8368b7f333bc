import { uuidOfFile, type FileId } from '@switchyard/contract';
import { sql, type Queryable } from '@switchyard/database';
import { createByteGate } from '../byte-gate.js';
import { PIECE_BYTES } from './store-file.js';

/** A file as it stands, without its bytes. */
export interface StoredFile {
  readonly id: FileId;
  readonly tenantId: number;
  readonly purpose: string;
  readonly filename: string;
  readonly mimeType: string;
  readonly bytes: number;
  readonly createdAt: Date;
  /** From then on there is no such file. */
  readonly expiresAt: Date;
}

/** Reads files. */
export interface FileReader {
  /** @returns undefined when there is no such file, or not any more. */
  find(id: FileId): Promise<StoredFile | undefined>;
  /**
   * A file's bytes, a piece at a time, once there is room: however many are read, memory is bounded.
   * @param until Aborts when nobody takes them any more: until then they take room that others wait for.
   * @throws the signal's reason while it waits for room, an `isUnavailable` error where too many do, and an Error where
   * the file is dropped meanwhile.
   */
  read(file: StoredFile, until: AbortSignal): AsyncGenerator<Buffer, void, undefined>;
}

/** What a process holds of files at once, in bytes. */
const HELD_BYTES = 32 * 1024 * 1024;
const MAX_WAITING = 1_000;
/** Of one file: the piece on its way to the client, and the next. */
const PIECES_AT_ONCE = 2;

interface FileRow {
  readonly tenant_id: number;
  readonly purpose: string;
  readonly filename: string;
  readonly mime_type: string;
  readonly bytes: bigint;
  readonly created_at: Date;
  readonly expires_at: Date;
}

/** Opens the reader of one process. @param heldBytes Of files at once. */
export function openFileReader(database: Queryable, heldBytes: number = HELD_BYTES): FileReader {
  const gate = createByteGate({ maxBytes: heldBytes, maxWaiting: MAX_WAITING });
  return {
    async find(id) {
      const [row] = await database.query<FileRow>(sql`select * from read_file(${uuidOfFile(id)}::uuid)`);
      return row && viewFile(id, row);
    },
    async *read(file, until) {
      const leave = await gate.enter(Math.min(file.bytes, PIECES_AT_ONCE * PIECE_BYTES), until);
      if (until.aborted) leave();
      else until.addEventListener('abort', leave, { once: true });
      for (let piece = 0, read = 0; piece === 0 || read < file.bytes; piece += 1) {
        until.throwIfAborted();
        const bytes = await readPiece(database, file.id, piece);
        read += bytes.length;
        yield bytes;
      }
    },
  };
}

async function readPiece(database: Queryable, id: FileId, piece: number): Promise<Buffer> {
  const [row] = await database.query<{ content: Buffer | null }>(
    sql`select read_file_piece(${uuidOfFile(id)}::uuid, ${piece}) as content`,
  );
  if (!row?.content) throw new Error(`${id} was dropped while it was read.`);
  return row.content;
}

function viewFile(id: FileId, row: FileRow): StoredFile {
  return {
    id,
    tenantId: row.tenant_id,
    purpose: row.purpose,
    filename: row.filename,
    mimeType: row.mime_type,
    bytes: Number(row.bytes),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
