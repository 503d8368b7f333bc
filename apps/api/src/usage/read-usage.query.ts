import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayNotEmpty, ArrayUnique, IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { USAGE_DIMENSIONS, type UsageDimension } from '@switchyard/budget';

/** Nothing that is named holds a control character or half of a surrogate pair. */
const NAME = /^[^\p{Cc}\p{Cs}]{1,200}$/u;
const NAMED = { message: 'must be a name of 1 to 200 characters' };
const ONCE = { message: 'must be given once' };
const LISTED = { message: `must list some of ${USAGE_DIMENSIONS.join(', ')}, each once, with commas between them` };
const FORMATS = ['json', 'csv'] as const;

const MOMENT = 'a day, which counts wholly, or a time, which is widened to the hour; UTC';

/** The query of `GET /v1/admin/usage`. */
export class ReadUsageQuery {
  @ApiPropertyOptional({
    type: String,
    default: 'model',
    description: `Any of ${USAGE_DIMENSIONS.join(', ')}, with commas between them.`,
    example: 'tenant,day',
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @IsIn(USAGE_DIMENSIONS, { each: true, ...LISTED })
  @ArrayUnique(LISTED)
  @ArrayNotEmpty(LISTED)
  groupBy: UsageDimension[] = ['model'];

  @ApiPropertyOptional({
    description: `From when: ${MOMENT}. Default: the first of this month.`,
    example: '2026-11-01',
  })
  @IsOptional()
  @IsString(ONCE)
  from?: string;

  @ApiPropertyOptional({ description: `Until when: ${MOMENT}. Default: the end of this month.`, example: '2026-11-30' })
  @IsOptional()
  @IsString(ONCE)
  to?: string;

  @ApiPropertyOptional({ description: "Only this model's, or this alias's." })
  @IsOptional()
  @Matches(NAME, NAMED)
  model?: string;

  @ApiPropertyOptional({ description: "Only this provider's." })
  @IsOptional()
  @Matches(NAME, NAMED)
  provider?: string;

  @ApiPropertyOptional({ description: "Only this tenant's." })
  @IsOptional()
  @Matches(NAME, NAMED)
  tenant?: string;

  @ApiPropertyOptional({ description: 'Only what the key of this name has used.' })
  @IsOptional()
  @Matches(NAME, NAMED)
  key?: string;

  @ApiPropertyOptional({ enum: FORMATS, default: 'json' })
  @IsOptional()
  @IsIn(FORMATS, { message: `must be one of ${FORMATS.join(', ')}` })
  format: (typeof FORMATS)[number] = 'json';
}
