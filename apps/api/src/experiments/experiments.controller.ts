import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Submitter } from '@switchyard/gate';
import { NeedsScope } from '../authentication/needs-scope.js';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { Answers } from '../description/answers.js';
import { AssignmentQuery } from './assignment.query.js';
import { viewReport, type ReportView } from './experiment-view.js';
import { ExperimentsService } from './experiments.service.js';

/** What `GET /v1/experiments/{name}/assignment` answers. */
interface AssignmentView {
  readonly experiment: string;
  readonly arm: string;
  readonly provider: string;
  readonly model: string;
  readonly version: string | null;
}

/** Which arm a user has, and which arm is better. */
@ApiTags('experiments')
@Controller('v1')
export class ExperimentsController {
  constructor(private readonly experiments: ExperimentsService) {}

  @Get('experiments/:name/assignment')
  @ApiOperation({
    operationId: 'readAssignment',
    summary: 'Ask which arm a user has; nothing is counted',
  })
  @ApiParam({ name: 'name', example: 'gpt4_vs_claude' })
  @Answers(200, 'The arm and its model.', 'Assignment')
  @Answers([404, 422])
  assignment(
    @Param('name') name: string,
    @Query() { userId }: AssignmentQuery,
    @CurrentSubmitter() submitter: Submitter,
  ): AssignmentView {
    const { experiment, arm, model } = this.experiments.assign(name, userId, submitter);
    return { experiment, arm, provider: model.provider, model: model.id, version: model.version };
  }

  @Get('admin/experiments/:name/report')
  @NeedsScope('admin')
  @ApiOperation({
    operationId: 'readExperimentReport',
    summary: 'Read what the arms of an experiment have brought, with a verdict that may be read at any time',
  })
  @ApiParam({ name: 'name', example: 'gpt4_vs_claude' })
  @Answers(200, 'The arms, the control first, and the verdict.', 'ExperimentReport')
  @Answers([404])
  async report(@Param('name') name: string, @CurrentSubmitter() submitter: Submitter): Promise<ReportView> {
    return viewReport(await this.experiments.report(name, submitter));
  }
}
