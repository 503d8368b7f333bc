import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Submitter } from '@switchyard/gate';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { Answers } from '../description/answers.js';
import { timely } from '../http/timely.js';
import { viewRoute, type RouteView } from './route-view.js';

/** Which model a job would get. */
@ApiTags('models')
@Controller('v1/route')
export class RouteController {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'routeJob',
    summary: 'Say what would be chosen for a job and why; nothing is run, reserved or counted',
  })
  @ApiBody({ schema: { $ref: '#/components/schemas/JobRequest' } })
  @Answers(200, 'The model that would be chosen, and all that were looked at.', 'Route')
  @Answers([404, 422])
  async route(@Body() body: unknown, @CurrentSubmitter() submitter: Submitter): Promise<RouteView> {
    return viewRoute(await timely((signal) => this.context.gate.route({ body, submitter, signal })));
  }
}
