import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Author } from '@switchyard/config';
import type { Submitter } from '@switchyard/gate';
import { NeedsScope } from '../authentication/needs-scope.js';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { CurrentAuthor } from '../control-plane/author.js';
import { Answers } from '../description/answers.js';
import { AssignmentQuery } from './assignment.query.js';
import { viewReport, type ReportView } from './experiment-view.js';
import { PromoteBody } from './promote.body.js';
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
  async report(@Param('name') name: string): Promise<ReportView> {
    return viewReport(await this.experiments.report(name));
  }

  @Post('admin/experiments/:name/start')
  @HttpCode(200)
  @NeedsScope('admin')
  @ApiOperation({ operationId: 'startExperiment', summary: 'Let an experiment assign arms' })
  @ApiParam({ name: 'name', example: 'gpt4_vs_claude' })
  @Answers(200, 'The experiment, which runs.', 'ExperimentReport')
  @Answers([404, 409])
  async start(@Param('name') name: string, @CurrentAuthor() author: Author): Promise<ReportView> {
    return viewReport(await this.experiments.run(name, true, author));
  }

  @Post('admin/experiments/:name/stop')
  @HttpCode(200)
  @NeedsScope('admin')
  @ApiOperation({ operationId: 'stopExperiment', summary: 'Give everybody the first arm, and record nothing more' })
  @ApiParam({ name: 'name', example: 'gpt4_vs_claude' })
  @Answers(200, 'The experiment, which has stopped.', 'ExperimentReport')
  @Answers([404, 409])
  async stop(@Param('name') name: string, @CurrentAuthor() author: Author): Promise<ReportView> {
    return viewReport(await this.experiments.run(name, false, author));
  }

  @Post('admin/experiments/:name/promote')
  @HttpCode(200)
  @NeedsScope('admin')
  @ApiOperation({
    operationId: 'promoteArm',
    summary: "Make the experiment's alias name an arm's model, the winner's unless it says another, and stop it",
  })
  @ApiParam({ name: 'name', example: 'gpt4_vs_claude' })
  @Answers(200, 'The experiment, which has stopped.', 'ExperimentReport')
  @Answers([404, 409, 422])
  async promote(
    @Param('name') name: string,
    @Body() { arm }: PromoteBody,
    @CurrentAuthor() author: Author,
  ): Promise<ReportView> {
    return viewReport(await this.experiments.promote(name, arm, author));
  }
}
