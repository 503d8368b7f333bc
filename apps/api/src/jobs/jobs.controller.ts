import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { GatewayError, isTerminal } from '@switchyard/contract';
import type { Submission, Submitter } from '@switchyard/gate';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { Answers } from '../description/answers.js';
import { AbsoluteUrls } from '../files/absolute-urls.interceptor.js';
import { NoBody } from '../http/no-body.pipe.js';
import { rateLimitHeaders } from '../http/rate-limit-headers.js';
import { JOB_EXAMPLES } from './job-examples.js';
import { JobsService, type JobList, type ShownJob } from './jobs.service.js';
import { ListJobsQuery } from './list-jobs.query.js';
import { ReadJobQuery } from './read-job.query.js';
import { preferredWait, untilDone } from './waiting-time.js';

const JOB_ID = { name: 'id', schema: { type: 'string' as const }, example: 'job_0193a5b2c4d87f3e9a1b2c3d4e5f6071' };

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description:
    '1 to 255 characters, kept for 24 hours: the same key with the same body answers the first job as it is now, with ' +
    'the header `Idempotent-Replayed: true`.',
};

/** Jobs, natively. */
@ApiTags('jobs')
@UseInterceptors(AbsoluteUrls)
@Controller('v1/jobs')
export class JobsController {
  constructor(private readonly jobs: JobsService) {}

  @Post()
  @ApiOperation({ operationId: 'submitJob', summary: 'Submit a job' })
  @ApiBody({ schema: { $ref: '#/components/schemas/JobRequest' }, examples: JOB_EXAMPLES })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiHeader({
    name: 'Prefer',
    required: false,
    description: '`wait=30`: the finished job, if it ends within so many seconds. More than 60 is taken as 60.',
  })
  @Answers(202, 'Admitted: it will not be lost. `Location` says where it can be read.', 'Job')
  @Answers(200, 'It ended while the request waited.', 'Job')
  @Answers([402, 404, 422, 429])
  async submit(
    @Body() body: unknown,
    @CurrentSubmitter() submitter: Submitter,
    @Headers('prefer') prefer: string | undefined,
    @Headers('x-simulate') simulate: string | undefined,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownJob> {
    const seconds = preferredWait(prefer);
    const {
      job: submitted,
      replayed,
      rates,
    } = await this.jobs.submit({
      body,
      submitter,
      ...(simulate === undefined ? {} : { simulate }),
      ...idempotencyOf(idempotencyKey, 'POST /v1/jobs'),
    });
    if (replayed) reply.header('idempotent-replayed', 'true');
    reply.headers(rateLimitHeaders(rates));
    reply.header('location', `/v1/jobs/${submitted.id}`);
    if (seconds !== undefined) reply.header('preference-applied', `wait=${seconds}`);
    // What was answered before may have a result by now, and a large one is read apart.
    const job = seconds || replayed ? await this.finished(submitted, submitter, seconds ?? 0, reply) : submitted;
    reply.status(isTerminal(job.status) ? 200 : 202);
    return job;
  }

  @Get()
  @ApiOperation({ operationId: 'listJobs', summary: 'List jobs, newest first; results over 20 kB are left out' })
  @Answers(200, 'A page of jobs.', 'JobList')
  @Answers([422])
  async list(
    @Query() query: ListJobsQuery,
    @CurrentSubmitter() submitter: Submitter,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobList> {
    return await this.jobs.list(query, submitter, { tenantId: submitter.tenantId, done: untilDone(reply) });
  }

  @Get(':id')
  @ApiOperation({ operationId: 'readJob', summary: 'Read a job, or wait for it' })
  @ApiParam(JOB_ID)
  @Answers(200, 'The job as it is, or as it ended.', 'Job')
  @Answers([404, 422])
  async read(
    @Param('id') id: string,
    @Query() { waitSeconds: seconds, raw }: ReadJobQuery,
    @CurrentSubmitter() submitter: Submitter,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownJob> {
    return await this.jobs.read(id, submitter, { seconds, raw, done: untilDone(reply) });
  }

  @Post(':id/cancel')
  @ApiOperation({ operationId: 'cancelJob', summary: 'Cancel a job' })
  @ApiParam(JOB_ID)
  @Answers(200, 'Canceled.', 'Job')
  @Answers(202, 'Still running: its call is being closed.', 'Job')
  @Answers([404, 409, 422])
  async cancel(
    @Param('id') id: string,
    @Body(NoBody) _body: undefined,
    @CurrentSubmitter() submitter: Submitter,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownJob> {
    const { done, job } = await this.jobs.cancel(id, submitter);
    reply.status(done ? 200 : 202);
    return job;
  }

  @Post(':id/retry')
  @HttpCode(202)
  @ApiOperation({ operationId: 'retryJob', summary: 'Submit a failed, canceled or expired job again, as a new one' })
  @ApiParam(JOB_ID)
  @ApiHeader(IDEMPOTENCY_KEY)
  @Answers(202, 'The new job, with `retryOf`.', 'Job')
  @Answers([402, 404, 409, 422, 429])
  async retry(
    @Param('id') id: string,
    @Body(NoBody) _body: undefined,
    @CurrentSubmitter() submitter: Submitter,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownJob> {
    const idempotency = idempotencyOf(idempotencyKey, `POST /v1/jobs/${id}/retry`);
    const { job, replayed, rates } = await this.jobs.retry(id, submitter, idempotency);
    if (replayed) reply.header('idempotent-replayed', 'true');
    reply.headers(rateLimitHeaders(rates));
    reply.header('location', `/v1/jobs/${job.id}`);
    return job;
  }

  /** The job once it has ended. It has been admitted: what fails from here on is no reason to say that it was not. */
  private async finished(job: ShownJob, submitter: Submitter, seconds: number, reply: FastifyReply): Promise<ShownJob> {
    try {
      return await this.jobs.read(job.id, submitter, { seconds, done: untilDone(reply) });
    } catch (error) {
      if (error instanceof GatewayError && error.type !== 'overloaded_error') throw error;
      return job;
    }
  }
}

function idempotencyOf(key: string | undefined, route: string): Pick<Submission, 'idempotency'> {
  return key === undefined ? {} : { idempotency: { key, route } };
}
