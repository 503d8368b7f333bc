import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Submitter } from '@switchyard/gate';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { Answers } from '../description/answers.js';
import { FeedbackBody } from './feedback.body.js';
import { FeedbackService, type FeedbackView } from './feedback.service.js';

/** What clients say of answers. */
@ApiTags('jobs')
@Controller('v1/jobs/:id/feedback')
export class FeedbackController {
  constructor(private readonly feedback: FeedbackService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ operationId: 'giveFeedback', summary: 'Say how good the answer of a job was; the last word stands' })
  @ApiParam({ name: 'id', schema: { type: 'string' }, example: 'job_0193a5b2c4d87f3e9a1b2c3d4e5f6071' })
  @Answers(200, 'As it was kept.', 'Feedback')
  @Answers([404, 409, 422])
  async give(
    @Param('id') id: string,
    @Body() body: FeedbackBody,
    @CurrentSubmitter() submitter: Submitter,
  ): Promise<FeedbackView> {
    return await this.feedback.give(id, body, submitter);
  }
}
