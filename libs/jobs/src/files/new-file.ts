import { v7 as uuidV7 } from 'uuid';
import { fileIdFromUuid, type FileId } from '@switchyard/contract';

/** What a file is for, in OpenAI's words where it has one. */
export type FilePurpose = 'image_output';

/** A file that is to be stored. */
export interface NewFile {
  readonly id: FileId;
  readonly purpose: FilePurpose;
  readonly filename: string;
  readonly mimeType: string;
  readonly content: Buffer;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/webp': '.webp',
  'image/gif': '.gif',
  'image/svg+xml': '.svg',
};
const MIME_TYPE = /^[a-z]+\/[a-z0-9][a-z0-9.+-]{0,80}$/;

/** An image that came as bytes. What its vendor says of its type becomes a header of an answer, so it must look like one. */
export function newImageFile(base64: string, mimeType: string): NewFile {
  const id = fileIdFromUuid(uuidV7());
  const known = MIME_TYPE.test(mimeType) ? mimeType : 'application/octet-stream';
  return {
    id,
    purpose: 'image_output',
    filename: `${id}${EXTENSIONS[known] ?? ''}`,
    mimeType: known,
    content: Buffer.from(base64, 'base64'),
  };
}

/** Where the API answers a file's bytes. */
export function contentPathOf(id: FileId): string {
  return `/v1/files/${id}/content`;
}
