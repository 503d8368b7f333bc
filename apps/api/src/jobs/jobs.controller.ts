import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { isTerminal, type JobView } from '@switchyard/contract';
import { JOB_SCHEMA, type Submitter } from '@switchyard/gate';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { JOB_LIST_SCHEMA, JOB_VIEW_SCHEMA } from './job-view.schema.js';
import { JobsService, type JobList } from './jobs.service.js';
import { ListJobsQuery } from './list-jobs.query.js';
import { askedWait, preferredWait, untilClientLeaves } from './waiting-time.js';

/** Jobs, natively. */
@ApiTags('jobs')
@Controller('v1/jobs')
export class JobsController {
  constructor(private readonly jobs: JobsService) {}

  @Post()
  @ApiOperation({ summary: 'Submit a job' })
  @ApiBody({ schema: JOB_SCHEMA as object })
  @ApiHeader({ name: 'Prefer', required: false, description: '`wait=N`: up to N seconds (60 at most) for the finished job.' })
  @ApiResponse({ status: 202, description: 'Admitted: it will not be lost.', schema: JOB_VIEW_SCHEMA })
  @ApiResponse({ status: 200, description: 'It ended while the request waited.', schema: JOB_VIEW_SCHEMA })
  async submit(
    @Body() body: unknown,
    @CurrentSubmitter() submitter: Submitter,
    @Headers('prefer') prefer: string | undefined,
    @Headers('x-simulate') simulate: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView> {
    const seconds = preferredWait(prefer);
    const submitted = await this.jobs.submit(body, submitter, simulate === undefined ? {} : { simulate });
    reply.header('location', `/v1/jobs/${submitted.id}`);
    if (seconds !== undefined) reply.header('preference-applied', `wait=${seconds}`);
    const job = seconds
      ? await this.jobs.read(submitted.id, { ...submitter }, { seconds, signal: untilClientLeaves(reply) })
      : submitted;
    reply.status(isTerminal(job.status) ? 200 : 202);
    return job;
  }

  @Get()
  @ApiOperation({ summary: 'List jobs, newest first; results over 20 kB are left out' })
  @ApiResponse({ status: 200, schema: JOB_LIST_SCHEMA })
  async list(@Query() query: ListJobsQuery, @CurrentSubmitter() submitter: Submitter): Promise<JobList> {
    return await this.jobs.list(query, submitter.tenantId);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a job, or wait for it' })
  @ApiParam({ name: 'id', example: 'job_0193a5b2c4d87f3e9a1b2c3d4e5f6071' })
  @ApiQuery({ name: 'waitSeconds', required: false, description: 'Holds the answer until the job ends, at most 60 s.' })
  @ApiQuery({ name: 'raw', required: false, description: "`true` adds the vendor's own answer." })
  @ApiResponse({ status: 200, schema: JOB_VIEW_SCHEMA })
  async read(
    @Param('id') id: string,
    @CurrentSubmitter() submitter: Submitter,
    @Query('waitSeconds') waitSeconds: string | undefined,
    @Query('raw') raw: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView> {
    const job = await this.jobs.read(id, submitter, { seconds: askedWait(waitSeconds), signal: untilClientLeaves(reply) });
    return raw === 'true' ? await this.jobs.readRaw(id, submitter) : job;
  }

  @Post(':id/cancel')
  @ApiOperation({ summary: 'Cancel a job' })
  @ApiResponse({ status: 200, description: 'Canceled.', schema: JOB_VIEW_SCHEMA })
  @ApiResponse({ status: 202, description: 'The call is still being closed.', schema: JOB_VIEW_SCHEMA })
  @ApiResponse({ status: 409, description: 'It has ended already.' })
  async cancel(
    @Param('id') id: string,
    @CurrentSubmitter() submitter: Submitter,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView> {
    const { done, job } = await this.jobs.cancel(id, submitter);
    reply.status(done ? 200 : 202);
    return job;
  }

  @Post(':id/retry')
  @HttpCode(202)
  @ApiOperation({ summary: 'Submit a failed, canceled or expired job again, as a new one' })
  @ApiResponse({ status: 202, schema: JOB_VIEW_SCHEMA })
  async retry(
    @Param('id') id: string,
    @CurrentSubmitter() submitter: Submitter,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView> {
    const job = await this.jobs.retry(id, submitter);
    reply.header('location', `/v1/jobs/${job.id}`);
    return job;
  }
}
