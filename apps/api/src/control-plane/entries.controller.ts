import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Patch,
  Put,
  Query,
  Res,
  type Type,
} from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { collectionOf, type Author, type ChangedEntry, type CollectionName, type EntryView } from '@switchyard/config';
import { NeedsScope } from '../authentication/needs-scope.js';
import { Answers } from '../description/answers.js';
import { NoBody } from '../http/no-body.pipe.js';
import { CurrentAuthor } from './author.js';
import { ControlPlaneService, type EntryList } from './control-plane.service.js';
import { entryTitle } from './entry-title.js';
import { ListEntriesQuery } from './list-entries.query.js';
import { readPrecondition } from './preconditions.js';

const IF_MATCH = {
  name: 'If-Match',
  required: false,
  description: 'The `ETag` that the entry must still have, or `*`; else 412.',
};
const IF_NONE_MATCH = { name: 'If-None-Match', required: false, description: '`*`: only where there is none yet.' };

/** An entry as it is answered; one whose key was made shows it, this once. */
export type AnsweredEntry = EntryView & { readonly key?: string };

/** Makes the routes of one collection: list, read, create or replace, merge, delete. */
export function entriesController(collection: CollectionName): Type {
  const { noun } = collectionOf(collection);
  const title = entryTitle(collection);
  const name = { name: 'name', schema: { type: 'string' as const }, example: 'acme' };
  const body = { schema: { $ref: `#/components/schemas/${title}Entry` } };

  @ApiTags('admin')
  @NeedsScope('admin')
  @Controller(`v1/admin/${collection}`)
  class EntriesController {
    constructor(@Inject(ControlPlaneService) private readonly controlPlane: ControlPlaneService) {}

    @Get()
    @ApiOperation({
      operationId: `list${title}Entries`,
      summary: `List the configured ${collection.replace('-', ' ')}, by name`,
    })
    @Answers(200, 'A page of entries.', 'EntryList')
    @Answers([422])
    list(@Query() query: ListEntriesQuery): EntryList {
      return this.controlPlane.list(collection, query);
    }

    @Get(':name')
    @ApiOperation({ operationId: `read${title}Entry`, summary: `Read a ${noun} as it is configured` })
    @ApiParam(name)
    @Answers(200, 'The entry; `ETag` names its state.', 'Entry')
    @Answers([404])
    read(@Param('name') entry: string, @Res({ passthrough: true }) reply: FastifyReply): EntryView {
      const { view, etag } = this.controlPlane.read(collection, entry);
      reply.header('etag', etag);
      return view;
    }

    @Put(':name')
    @ApiOperation({ operationId: `put${title}Entry`, summary: `Create or replace a ${noun}` })
    @ApiParam(name)
    @ApiBody(body)
    @ApiHeader(IF_MATCH)
    @ApiHeader(IF_NONE_MATCH)
    @Answers(200, 'The entry as it is now.', 'Entry')
    @Answers(201, 'The entry, which there was not before.', 'Entry')
    @Answers([409, 412, 422])
    async put(
      @Param('name') entry: string,
      @Body() given: unknown,
      @Headers('if-match') ifMatch: string | undefined,
      @Headers('if-none-match') ifNoneMatch: string | undefined,
      @CurrentAuthor() author: Author,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<AnsweredEntry> {
      const precondition = readPrecondition({ ifMatch, ifNoneMatch });
      const change = { collection, name: entry, kind: 'put', body: given } as const;
      const changed = await this.controlPlane.change({ ...change, precondition }, author);
      await this.#warn(entry, reply);
      return answer(changed, reply);
    }

    @Patch(':name')
    @ApiOperation({ operationId: `patch${title}Entry`, summary: `Change fields of a ${noun} (JSON merge patch)` })
    @ApiParam(name)
    @ApiBody(body)
    @ApiHeader(IF_MATCH)
    @Answers(200, 'The entry as it is now.', 'Entry')
    @Answers([404, 409, 412, 422])
    async patch(
      @Param('name') entry: string,
      @Body() given: unknown,
      @Headers('if-match') ifMatch: string | undefined,
      @CurrentAuthor() author: Author,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<AnsweredEntry> {
      const precondition = readPrecondition({ ifMatch, ifNoneMatch: undefined });
      const change = { collection, name: entry, kind: 'patch', body: given } as const;
      const changed = await this.controlPlane.change({ ...change, precondition }, author);
      await this.#warn(entry, reply);
      return answer(changed, reply);
    }

    @Delete(':name')
    @HttpCode(200)
    @ApiOperation({
      operationId: `delete${title}Entry`,
      summary: `Delete a ${noun}, or return to what the configuration file says of it`,
    })
    @ApiParam(name)
    @ApiHeader(IF_MATCH)
    @Answers(200, 'What is left: `deleted`, or the entry of the file.', 'DeletedEntry')
    @Answers([404, 409, 412, 422])
    async delete(
      @Param('name') entry: string,
      @Body(NoBody) _body: undefined,
      @Headers('if-match') ifMatch: string | undefined,
      @CurrentAuthor() author: Author,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<AnsweredEntry | { readonly name: string; readonly deleted: true }> {
      const precondition = readPrecondition({ ifMatch, ifNoneMatch: undefined });
      const change = { collection, name: entry, kind: 'delete' } as const;
      const changed = await this.controlPlane.change({ ...change, precondition }, author);
      return changed.entry ? answer(changed, reply) : { name: entry, deleted: true };
    }

    async #warn(entry: string, reply: FastifyReply): Promise<void> {
      const warning = collection === 'providers' ? await this.controlPlane.warningOf(entry) : undefined;
      if (warning !== undefined) reply.header('x-warnings', warning);
    }
  }
  return EntriesController;
}

/** Answers an entry that was changed, with its tag; 201 where it was not there before. */
export function answer({ entry, created, madeKey }: ChangedEntry, reply: FastifyReply): AnsweredEntry {
  if (!entry) throw new Error('An entry was written and is not there.');
  reply.header('etag', entry.etag).status(created ? 201 : 200);
  return { ...entry.view, ...(madeKey === undefined ? {} : { key: madeKey }) };
}
