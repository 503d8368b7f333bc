import type { EmbeddingResult, GeneratedImage, ImageResult, JobResult, JobType } from '@switchyard/contract';
import { contentPathOf, newImageFile, type NewFile } from './files/new-file.js';

/** A result as its row keeps it. */
export interface StoredResult {
  /** JSON, without embeddings. */
  readonly body: string;
  /** Embeddings: float32, little endian, one vector after the other. */
  readonly vectors: Buffer | null;
  /** The vendor's answer as JSON. */
  readonly raw: string | null;
  /** What of it stands elsewhere; the body names their addresses. */
  readonly files: readonly NewFile[];
}

/** How images that came as bytes are answered: each at an address of its own, or in the result. */
export type ImageForm = 'url' | 'base64';

/** Above this size, in bytes, a result is not handled together with others: it is written and read alone. */
export const LARGE_RESULT_BYTES = 64 * 1024;

/**
 * Prepares a result for its row.
 * @param raw The vendor's own answer; not kept for embeddings, images, or over 1 MiB.
 */
export function writeResult(result: JobResult, raw: unknown, imageForm: ImageForm = 'url'): StoredResult {
  if ('embeddings' in result) {
    const { embeddings, ...rest } = result;
    return { body: JSON.stringify(rest), vectors: packVectors(embeddings), raw: null, files: [] };
  }
  if ('images' in result) return imageForm === 'url' ? writeImages(result) : written(result, null);
  return written(result, writeRaw(raw));
}

function written(result: JobResult, raw: string | null, files: readonly NewFile[] = []): StoredResult {
  return { body: JSON.stringify(result), vectors: null, raw, files };
}

/** Images that came as bytes become files, in the result stands the path of each; the API makes it an address. */
function writeImages(result: ImageResult): StoredResult {
  const files: NewFile[] = [];
  const images = result.images.map((image): GeneratedImage => {
    if (image.base64 === undefined) return image;
    const file = newImageFile(image.base64, image.mimeType);
    files.push(file);
    return { url: contentPathOf(file.id), mimeType: file.mimeType };
  });
  return written({ ...result, images }, null, files);
}

/** A larger answer is not kept beside the result that was read from it, in characters of JSON. */
export const LONGEST_RAW = 1024 * 1024;

/** What a vendor sent may be nested deeper than can be written; the result that was read from it counts all the same. */
function writeRaw(raw: unknown): string | null {
  if (raw === undefined) return null;
  try {
    const text = JSON.stringify(raw);
    return text.length > LONGEST_RAW ? null : text;
  } catch {
    return null;
  }
}

/** Bytes that a result takes in its row. */
export function sizeOfRow({ body, vectors, raw }: Omit<StoredResult, 'files'>): number {
  return Buffer.byteLength(body) + (vectors?.length ?? 0) + (raw ? Buffer.byteLength(raw) : 0);
}

/** Bytes of a result, in its row and in files, without the vendor's own answer. */
export function sizeOfResult({ files, ...row }: StoredResult): number {
  return sizeOfRow({ ...row, raw: null }) + files.reduce((sum, { content }) => sum + content.length, 0);
}

/** Reads a result back. @throws SyntaxError when the row is damaged. */
export function readResult(type: JobType, body: string, vectors: Uint8Array | null): JobResult {
  const parsed = JSON.parse(body) as JobResult;
  if (type !== 'embedding' || !vectors) return parsed;
  const rest = parsed as Omit<EmbeddingResult, 'embeddings'>;
  return { embeddings: unpackVectors(vectors, rest.dimensions), ...rest };
}

function packVectors(vectors: readonly (readonly number[])[]): Buffer {
  const dimensions = vectors[0]?.length ?? 0;
  const bytes = Buffer.allocUnsafe(vectors.length * dimensions * 4);
  vectors.forEach((vector, row) => {
    vector.forEach((value, column) => bytes.writeFloatLE(value, (row * dimensions + column) * 4));
  });
  return bytes;
}

/** A float32 read as a double shows digits that nobody sent; nine significant ones name it exactly. */
function unpackVectors(bytes: Uint8Array, dimensions: number): number[][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = dimensions === 0 ? 0 : bytes.byteLength / 4 / dimensions;
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: dimensions }, (_unused, column) =>
      Number(view.getFloat32((row * dimensions + column) * 4, true).toPrecision(9)),
    ),
  );
}
