import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsNumber, IsOptional, Min } from 'class-validator';
import { readFlag } from '../http/read-flag.js';
import { LONGEST_WAIT_SECONDS } from './waiting-time.js';

const SECONDS = { message: 'must be a number of seconds, 0 or more' };

/** The query of `GET /v1/jobs/{id}`. */
export class ReadJobQuery {
  /** Seconds; more than the longest wait is taken as that. */
  @ApiPropertyOptional({
    type: Number,
    minimum: 0,
    default: 0,
    description: 'Holds the answer until the job ends. More than 60 is taken as 60.',
  })
  @IsOptional()
  @Transform(({ value }) => readSeconds(value))
  @IsNumber({}, SECONDS)
  @Min(0, SECONDS)
  waitSeconds: number = 0;

  @ApiPropertyOptional({ type: Boolean, default: false, description: "Adds the vendor's own answer as `raw`." })
  @IsOptional()
  @Transform(({ value }) => readFlag(value))
  @IsBoolean({ message: 'must be true or false' })
  raw: boolean = false;
}

/** Decimal digits alone: no sign, no exponent, none of the forms that only a programming language takes for a number. */
function readSeconds(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return /^\d+(\.\d+)?$/.test(value) ? Math.min(Number(value), LONGEST_WAIT_SECONDS) : Number.NaN;
}
