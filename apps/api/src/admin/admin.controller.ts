import { Controller, Get, Inject, Query, Res, UseInterceptors } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { GatewayError } from '@switchyard/contract';
import type { Submitter } from '@switchyard/gate';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { NeedsScope } from '../authentication/needs-scope.js';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { Answers } from '../description/answers.js';
import { AbsoluteUrls } from '../files/absolute-urls.interceptor.js';
import { JobsService, type JobList } from '../jobs/jobs.service.js';
import { ListAllJobsQuery } from '../jobs/list-jobs.query.js';
import { untilDone } from '../jobs/waiting-time.js';

/** The control plane, for keys of scope `admin`. */
@ApiTags('admin')
@NeedsScope('admin')
@Controller('v1/admin')
export class AdminController {
  constructor(
    @Inject(API_CONTEXT) private readonly context: ApiContext,
    private readonly jobs: JobsService,
  ) {}

  @Get('jobs')
  @UseInterceptors(AbsoluteUrls)
  @ApiOperation({ operationId: 'listAllJobs', summary: "List every tenant's jobs, newest first" })
  @Answers(200, 'A page of jobs.', 'JobList')
  @Answers([422])
  async listJobs(
    @Query() query: ListAllJobsQuery,
    @CurrentSubmitter() submitter: Submitter,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobList> {
    const tenantId = query.tenant === undefined ? undefined : this.tenantId(query.tenant);
    return await this.jobs.list(query, submitter, { tenantId, done: untilDone(reply) });
  }

  private tenantId(name: string): number {
    const id = this.context.keys.tenantId(name);
    if (id === undefined) {
      throw new GatewayError(
        'invalid_request_error',
        `There is no tenant "${name}"; the configuration lists those that there are.`,
        { param: 'tenant' },
      );
    }
    return id;
  }
}
