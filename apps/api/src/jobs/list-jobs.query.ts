import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { JOB_STATUSES, JOB_TYPES, type JobStatus, type JobType } from '@switchyard/contract';

/** The query of `GET /v1/jobs`. */
export class ListJobsQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 100, default: 20 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  @ApiPropertyOptional({ description: '`nextCursor` of the page before.' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  cursor?: string;

  @ApiPropertyOptional({ enum: JOB_STATUSES })
  @IsOptional()
  @IsIn(JOB_STATUSES)
  status?: JobStatus;

  @ApiPropertyOptional({ enum: JOB_TYPES })
  @IsOptional()
  @IsIn(JOB_TYPES)
  type?: JobType;

  @ApiPropertyOptional({ description: "A model's id." })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  model?: string;

  @ApiPropertyOptional({ description: 'Only the lines of this batch.' })
  @IsOptional()
  @Matches(/^batch_/, { message: 'batchId must begin with batch_' })
  batchId?: string;
}

/** The query of `GET /v1/admin/jobs`. */
export class ListAllJobsQuery extends ListJobsQuery {
  @ApiPropertyOptional({ description: "Only this tenant's." })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  tenant?: string;
}
