import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { COLLECTION_NAMES, collectionOf, type Author } from '@switchyard/config';
import { NeedsScope } from '../authentication/needs-scope.js';
import { Answers } from '../description/answers.js';
import { CurrentAuthor } from './author.js';
import { ControlPlaneService } from './control-plane.service.js';

/** What can be merged, as the file has it. */
const SECTIONS = Object.fromEntries(
  COLLECTION_NAMES.filter((name) => name !== 'keys' && name !== 'settings').map((name) => {
    const { section, form } = collectionOf(name);
    return [section, { type: form === 'list' ? 'array' : 'object' }];
  }),
);

/** The configuration that is running, as a whole. */
@ApiTags('admin')
@NeedsScope('admin')
@Controller('v1/admin/config')
export class ConfigurationController {
  constructor(private readonly controlPlane: ControlPlaneService) {}

  @Get()
  @ApiOperation({ operationId: 'readConfiguration', summary: 'Read the running configuration, secrets masked' })
  @Answers(200, 'The configuration; entries that can be changed here say where they are from.')
  read(): object {
    return this.controlPlane.showAll();
  }

  @Put()
  @ApiOperation({
    operationId: 'mergeConfiguration',
    summary: 'Merge sections of the file into the running configuration: those whose entries can be changed',
  })
  @ApiBody({ schema: { type: 'object', properties: SECTIONS } })
  @Answers(200, 'The configuration as it is now.')
  @Answers([409, 422])
  async merge(@Body() body: unknown, @CurrentAuthor() author: Author): Promise<object> {
    return await this.controlPlane.mergeAll(body, author);
  }
}
