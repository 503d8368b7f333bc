import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Author, EntryView } from '@switchyard/config';
import { GatewayError } from '@switchyard/contract';
import { NeedsScope } from '../authentication/needs-scope.js';
import { Answers } from '../description/answers.js';
import { CurrentAuthor } from './author.js';
import { ControlPlaneService } from './control-plane.service.js';
import { answer } from './entries.controller.js';

/** Makes keys. Only a key of scope `admin` comes here, which may do everything: so none makes a wider one than itself is. */
@ApiTags('admin')
@NeedsScope('admin')
@Controller('v1/admin/keys')
export class MakeKeyController {
  constructor(private readonly controlPlane: ControlPlaneService) {}

  @Post()
  @ApiOperation({ operationId: 'makeKey', summary: 'Make a key; the answer shows it, this once' })
  @ApiBody({ schema: { $ref: '#/components/schemas/NewKey' } })
  @Answers(201, 'The key. `Location` says where it can be read, without what it is.', 'Entry')
  @Answers([409, 422])
  async make(
    @Body() body: unknown,
    @CurrentAuthor() author: Author,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EntryView> {
    const name = nameOf(body);
    const changed = await this.controlPlane.change({ collection: 'keys', name, kind: 'create', body }, author);
    reply.header('location', `/v1/admin/keys/${encodeURIComponent(name)}`);
    return answer(changed, reply);
  }
}

function nameOf(body: unknown): string {
  const name: unknown = typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined;
  if (typeof name === 'string') return name;
  throw new GatewayError('invalid_request_error', '`name` must be the name of the new key.', { param: 'name' });
}
