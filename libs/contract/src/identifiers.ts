declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `job_` and 32 hexadecimal digits: a UUID of version 7, so that ids sort by the time they were made. */
export type JobId = Branded<'JobId'>;

/** `file_` and 32 hexadecimal digits, as {@link JobId}; by its time its rows are found. */
export type FileId = Branded<'FileId'>;

const PUBLIC_JOB_ID = /^job_[0-9a-f]{32}$/;
const PUBLIC_FILE_ID = /^file_[0-9a-f]{32}$/;

/** The public id of a job whose row has this UUID. */
export function jobIdFromUuid(uuid: string): JobId {
  return `job_${uuid.replaceAll('-', '')}` as JobId;
}

/** The public id of a file whose row has this UUID. */
export function fileIdFromUuid(uuid: string): FileId {
  return `file_${uuid.replaceAll('-', '')}` as FileId;
}

/** Reads a job's public id. @returns undefined when the text is not one. */
export function parseJobId(text: unknown): JobId | undefined {
  return typeof text === 'string' && PUBLIC_JOB_ID.test(text) ? (text as JobId) : undefined;
}

/** Reads a file's public id. @returns undefined when the text is not one. */
export function parseFileId(text: unknown): FileId | undefined {
  return typeof text === 'string' && PUBLIC_FILE_ID.test(text) ? (text as FileId) : undefined;
}

/** The UUID under which the database keeps a job. */
export function uuidOfJob(id: JobId): string {
  return uuidOfHex(id.slice('job_'.length));
}

/** The UUID under which the database keeps a file. */
export function uuidOfFile(id: FileId): string {
  return uuidOfHex(id.slice('file_'.length));
}

function uuidOfHex(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
