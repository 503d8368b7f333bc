import { Body, Controller, Delete, Get, Headers, HttpCode, Inject, Param, Post, Put, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Author, VersionChange, VersionView } from '@switchyard/config';
import { NeedsScope } from '../authentication/needs-scope.js';
import { Answers } from '../description/answers.js';
import { NoBody } from '../http/no-body.pipe.js';
import { CurrentAuthor } from './author.js';
import { ControlPlaneService } from './control-plane.service.js';
import { readPrecondition } from './preconditions.js';

const MODEL = { name: 'name', schema: { type: 'string' as const }, example: 'gpt-4' };
const VERSION = { name: 'version', schema: { type: 'string' as const }, example: 'v2' };
const IF_MATCH = {
  name: 'If-Match',
  required: false,
  description: 'The `ETag` that the model must still have, or `*`; else 412.',
};

/** The versions of a model: parts of it, whose `ETag` is the model's. */
@ApiTags('admin')
@NeedsScope('admin')
@Controller('v1/admin/models/:name/versions')
export class ModelVersionsController {
  constructor(@Inject(ControlPlaneService) private readonly controlPlane: ControlPlaneService) {}

  @Get()
  @ApiOperation({ operationId: 'listModelVersions', summary: 'List the versions of a model, in their order' })
  @ApiParam(MODEL)
  @Answers(200, 'The versions.', 'ModelVersionList')
  @Answers([404])
  list(@Param('name') model: string): { data: readonly VersionView[]; nextCursor: null } {
    return { data: this.controlPlane.listVersions(model), nextCursor: null };
  }

  @Get(':version')
  @ApiOperation({ operationId: 'readModelVersion', summary: 'Read a version of a model' })
  @ApiParam(MODEL)
  @ApiParam(VERSION)
  @Answers(200, 'The version.', 'ModelVersion')
  @Answers([404])
  read(
    @Param('name') model: string,
    @Param('version') version: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): VersionView {
    const { view, etag } = this.controlPlane.readVersion(model, version);
    reply.header('etag', etag);
    return view;
  }

  @Put(':version')
  @ApiOperation({ operationId: 'registerModelVersion', summary: 'Register a version of a model, or replace it' })
  @ApiParam(MODEL)
  @ApiParam(VERSION)
  @ApiHeader(IF_MATCH)
  @ApiBody({ schema: { type: 'object', additionalProperties: true } })
  @Answers(200, 'The version as it is now.', 'ModelVersion')
  @Answers(201, 'The version, which there was not before.', 'ModelVersion')
  @Answers([404, 409, 412, 422])
  async register(
    @Param('name') model: string,
    @Param('version') version: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentAuthor() author: Author,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VersionView> {
    const { view, etag, created } = await this.#change({ model, version, kind: 'register', body }, ifMatch, author);
    reply.header('etag', etag).status(created ? 201 : 200);
    return view;
  }

  @Post(':version/promote')
  @HttpCode(200)
  @ApiOperation({ operationId: 'promoteModelVersion', summary: 'Make a version the default of its model' })
  @ApiParam(MODEL)
  @ApiParam(VERSION)
  @ApiHeader(IF_MATCH)
  @Answers(200, 'The version, the default from now on.', 'ModelVersion')
  @Answers([404, 409, 412, 422])
  async promote(
    @Param('name') model: string,
    @Param('version') version: string,
    @Body(NoBody) _body: undefined,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentAuthor() author: Author,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VersionView> {
    const { view, etag } = await this.#change({ model, version, kind: 'promote' }, ifMatch, author);
    reply.header('etag', etag);
    return view;
  }

  @Delete(':version')
  @HttpCode(200)
  @ApiOperation({ operationId: 'retireModelVersion', summary: 'Retire a version of a model, which is not its default' })
  @ApiParam(MODEL)
  @ApiParam(VERSION)
  @ApiHeader(IF_MATCH)
  @Answers(200, '`deleted`.')
  @Answers([404, 409, 412, 422])
  async retire(
    @Param('name') model: string,
    @Param('version') version: string,
    @Body(NoBody) _body: undefined,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentAuthor() author: Author,
  ): Promise<{ readonly name: string; readonly deleted: true }> {
    const precondition = readPrecondition({ ifMatch, ifNoneMatch: undefined });
    await this.controlPlane.retireVersion({ model, version, kind: 'retire', precondition }, author);
    return { name: version, deleted: true };
  }

  async #change(
    change: VersionChange,
    ifMatch: string | undefined,
    author: Author,
  ): ReturnType<ControlPlaneService['changeVersion']> {
    const precondition = readPrecondition({ ifMatch, ifNoneMatch: undefined });
    return await this.controlPlane.changeVersion({ ...change, precondition }, author);
  }
}
