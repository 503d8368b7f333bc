import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Submitter } from '@switchyard/gate';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { Answers } from '../description/answers.js';
import { untilDone } from '../jobs/waiting-time.js';
import { viewFile, type FileView } from './file-view.js';
import { FilesService } from './files.service.js';

const FILE_ID = { name: 'id', schema: { type: 'string' as const }, example: 'file_0193a5b2c4d87f3e9a1b2c3d4e5f6071' };

/** Bytes that have an address of their own, such as images that were made. In OpenAI's shapes. */
@ApiTags('files')
@Controller('v1/files')
export class FilesController {
  constructor(private readonly files: FilesService) {}

  @Get(':id')
  @ApiOperation({ operationId: 'readFile', summary: 'Read what is known of a file' })
  @ApiParam(FILE_ID)
  @Answers(200, 'The file, without its bytes.', 'File')
  @Answers([404])
  async read(@Param('id') id: string, @CurrentSubmitter() submitter: Submitter): Promise<FileView> {
    return viewFile(await this.files.find(id, submitter));
  }

  @Get(':id/content')
  @ApiOperation({ operationId: 'readFileContent', summary: 'Read the bytes of a file' })
  @ApiParam(FILE_ID)
  @ApiOkResponse({
    description: 'The bytes, with the type of the file.',
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  @Answers([404])
  async content(
    @Param('id') id: string,
    @CurrentSubmitter() submitter: Submitter,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { file, body } = await this.files.read(id, submitter, untilDone(reply));
    await reply
      .headers({
        'content-type': file.mimeType,
        'content-length': String(file.bytes),
        // A vendor or a client made it: no browser is to take it for a page of ours.
        'content-disposition': `attachment; filename*=UTF-8''${encodeName(file.filename)}`,
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-store',
      })
      .send(body);
  }
}

/** A name as RFC 8187 takes it. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
