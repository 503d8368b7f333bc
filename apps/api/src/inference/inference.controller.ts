import { Body, Controller, Headers, HttpCode, Post, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Submitter } from '@switchyard/gate';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { Answers } from '../description/answers.js';
import { untilDone } from '../jobs/waiting-time.js';
import { InferenceBody } from './inference.body.js';
import { InferenceService, type Inference } from './inference.service.js';

/** Vectors of a team's own model, at one address. */
@ApiTags('models')
@Controller('api/v1/model')
export class InferenceController {
  constructor(private readonly inference: InferenceService) {}

  @Post('inference')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'inferModel',
    summary: 'Embed texts by the custom model, else the default embedding model, and wait for it',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key with the same body waits for the first answer, also after a 503.',
  })
  @Answers(
    200,
    'A vector for each text. `x-job-id`, `x-provider`, `x-model` and `x-cost-usd` say where from.',
    'Inference',
  )
  @Answers([402, 404, 422, 429, 502, 504])
  async infer(
    @Body() body: InferenceBody,
    @CurrentSubmitter() submitter: Submitter,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Inference> {
    const { answer, headers } = await this.inference.infer({
      body,
      submitter,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      done: untilDone(reply),
    });
    reply.headers(headers);
    return answer;
  }
}
