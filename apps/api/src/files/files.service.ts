import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { GatewayError, parseFileId } from '@switchyard/contract';
import type { Submitter } from '@switchyard/gate';
import type { StoredFile } from '@switchyard/jobs';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { timely } from '../http/timely.js';

/** A file and its bytes, of which the first have been read. */
export interface FileContent {
  readonly file: StoredFile;
  readonly body: Readable;
}

/** What may be done with files, each by whoever may see it. */
@Injectable()
export class FilesService {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  async find(id: string, submitter: Submitter): Promise<StoredFile> {
    const fileId = parseFileId(id);
    const found = fileId && (await timely(() => this.context.files.find(fileId)));
    // Another tenant's file and one that never was get the same answer.
    if (!found || (found.tenantId !== submitter.tenantId && !submitter.key.scopes.includes('admin'))) throw notFound();
    return found;
  }

  /** @param done Aborts when the client has its answer or is gone; what is held for it is let go then. */
  async read(id: string, submitter: Submitter, done: AbortSignal): Promise<FileContent> {
    const file = await this.find(id, submitter);
    const pieces = this.context.files.read(file, done);
    // Before anything is answered, so that what fails can still be said.
    const first = await timely(() => pieces.next());
    return { file, body: Readable.from(withFirst(first, pieces)) };
  }
}

async function* withFirst(
  first: IteratorResult<Buffer, void>,
  rest: AsyncGenerator<Buffer, void, undefined>,
): AsyncGenerator<Buffer, void, undefined> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

function notFound(): GatewayError {
  return new GatewayError('not_found_error', 'There is no such file; check its id.', { code: 'file_not_found' });
}
