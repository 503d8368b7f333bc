import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Author } from '@switchyard/config';
import { NeedsScope } from '../authentication/needs-scope.js';
import { CurrentAuthor } from '../control-plane/author.js';
import { Answers } from '../description/answers.js';
import { LaneScopeBody } from './lane-scope.body.js';
import { viewLane, type LaneChangeView, type LaneListView } from './lane-view.js';
import { LanesService } from './lanes.service.js';

/** What waits for what. */
@ApiTags('admin')
@NeedsScope('admin')
@Controller('v1/admin/lanes')
export class LanesController {
  constructor(private readonly lanes: LanesService) {}

  @Get()
  @ApiOperation({ operationId: 'listLanes', summary: 'What waits for what, by provider, model and tenant' })
  @Answers(200, 'The lanes that hold jobs, and the pauses.', 'LaneList')
  async list(): Promise<LaneListView> {
    const { lanes, pauses } = await this.lanes.read();
    return {
      data: lanes.map(viewLane),
      nextCursor: null,
      pauses: pauses.map(({ since, ...pause }) => ({ ...pause, since: since.toISOString() })),
    };
  }

  @Post('pause')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'pauseLanes',
    summary:
      'Let nothing more start of a provider, a model, a tenant, or what is of all that is named; what runs goes on',
  })
  @Answers(200, 'Paused, in every process.', 'LaneChange')
  @Answers([422])
  async pause(@Body() scope: LaneScopeBody, @CurrentAuthor() author: Author): Promise<LaneChangeView> {
    const changed = await this.lanes.pause({ ...scope }, author);
    return { ...scope, paused: true, changed };
  }

  @Post('resume')
  @HttpCode(200)
  @ApiOperation({ operationId: 'resumeLanes', summary: 'Take a pause of the same provider, model and tenant back' })
  @Answers(200, 'What waited goes on within a second.', 'LaneChange')
  @Answers([422])
  async resume(@Body() scope: LaneScopeBody, @CurrentAuthor() author: Author): Promise<LaneChangeView> {
    const changed = await this.lanes.resume({ ...scope }, author);
    return { ...scope, paused: false, changed };
  }
}
