import type { StoredFile } from '@switchyard/jobs';

/** A file in OpenAI's shape. */
export interface FileView {
  readonly id: string;
  readonly object: 'file';
  readonly bytes: number;
  /** Seconds since 1970. */
  readonly created_at: number;
  /** Seconds since 1970; from then on there is no such file. */
  readonly expires_at: number;
  readonly filename: string;
  readonly purpose: string;
  /** What is kept is whole. */
  readonly status: 'processed';
}

/** Shows a file as OpenAI does. */
export function viewFile({ id, bytes, createdAt, expiresAt, filename, purpose }: StoredFile): FileView {
  return {
    id,
    object: 'file',
    bytes,
    created_at: Math.floor(createdAt.getTime() / 1_000),
    expires_at: Math.floor(expiresAt.getTime() / 1_000),
    filename,
    purpose,
    status: 'processed',
  };
}

const text = { type: 'string' };
const seconds = { type: 'integer', description: 'Seconds since 1970.' };

const fields = {
  id: { type: 'string', pattern: '^file_[0-9a-f]{32}$', examples: ['file_0193a5b2c4d87f3e9a1b2c3d4e5f6071'] },
  object: { type: 'string', const: 'file' },
  bytes: { type: 'integer', minimum: 0 },
  created_at: seconds,
  expires_at: seconds,
  filename: text,
  purpose: { ...text, examples: ['image_output'] },
  status: { type: 'string', const: 'processed' },
};

/** A file as the API answers it, for the description. */
export const FILE_SCHEMA = { type: 'object', required: Object.keys(fields), properties: fields };
