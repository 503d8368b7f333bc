import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { JOB_STATUSES, JOB_TYPES, type JobStatus, type JobType } from '@switchyard/contract';
import { PageSize } from '../http/page-size.js';

/** Nothing that is named holds a control character, and no database text can hold all of them. */
const NAME = /^[^\p{Cc}]{1,200}$/u;
const NAMED = { message: 'must be a name of 1 to 200 characters' };

/** The query of `GET /v1/jobs`. */
export class ListJobsQuery {
  @PageSize({ maximum: 100, byDefault: 20 })
  limit: number = 20;

  @ApiPropertyOptional({ description: '`nextCursor` of the page before.' })
  @IsOptional()
  @Matches(/^[\w-]{1,200}$/, { message: 'must be `nextCursor` of the page before' })
  cursor?: string;

  @ApiPropertyOptional({ enum: JOB_STATUSES })
  @IsOptional()
  @IsIn(JOB_STATUSES, { message: `must be one of ${JOB_STATUSES.join(', ')}` })
  status?: JobStatus;

  @ApiPropertyOptional({ enum: JOB_TYPES })
  @IsOptional()
  @IsIn(JOB_TYPES, { message: `must be one of ${JOB_TYPES.join(', ')}` })
  type?: JobType;

  @ApiPropertyOptional({ description: "A model's id, or an alias of it." })
  @IsOptional()
  @Matches(NAME, NAMED)
  model?: string;

  @ApiPropertyOptional({ description: 'Only the lines of this batch.' })
  @IsOptional()
  @Matches(/^batch_\w{1,100}$/, { message: 'must be the id of a batch, such as batch_0193a5b2c4d8' })
  batchId?: string;
}

/** The query of `GET /v1/admin/jobs`. */
export class ListAllJobsQuery extends ListJobsQuery {
  @ApiPropertyOptional({ description: "Only this tenant's." })
  @IsOptional()
  @Matches(NAME, NAMED)
  tenant?: string;
}
