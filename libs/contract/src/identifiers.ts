declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `job_` and 32 hexadecimal digits: a UUID of version 7, so that ids sort by the time they were made. */
export type JobId = Branded<'JobId'>;

const PUBLIC_JOB_ID = /^job_[0-9a-f]{32}$/;

/** The public id of a job whose row has this UUID. */
export function jobIdFromUuid(uuid: string): JobId {
  return `job_${uuid.replaceAll('-', '')}` as JobId;
}

/** Reads a job's public id. @returns undefined when the text is not one. */
export function parseJobId(text: unknown): JobId | undefined {
  return typeof text === 'string' && PUBLIC_JOB_ID.test(text) ? (text as JobId) : undefined;
}

/** The UUID under which the database keeps a job. */
export function uuidOfJob(id: JobId): string {
  const hex = id.slice('job_'.length);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
