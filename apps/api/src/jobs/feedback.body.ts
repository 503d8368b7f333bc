import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsNumber, IsOptional, IsString, Length, Max, Min } from 'class-validator';

const SCORE = { message: 'must be a number from 0 to 1' };
const LONGEST_EXPECTED = 32_768;
const LONGEST_LABEL = 256;

/** The body of `POST /v1/jobs/{id}/feedback`; at least one of its fields is there. */
export class FeedbackBody {
  @ApiPropertyOptional({ minimum: 0, maximum: 1, description: 'How good the answer was.' })
  @IsOptional()
  @IsNumber({}, SCORE)
  @Min(0, SCORE)
  @Max(1, SCORE)
  score?: number;

  @ApiPropertyOptional({ maxLength: LONGEST_EXPECTED, description: 'What the answer should have been.' })
  @IsOptional()
  @IsString({ message: 'must be text' })
  @Length(1, LONGEST_EXPECTED, { message: `must have 1 to ${LONGEST_EXPECTED} characters` })
  expected?: string;

  @ApiPropertyOptional({ maxLength: LONGEST_LABEL, description: 'A word of your own, to find it by.' })
  @IsOptional()
  @IsString({ message: 'must be text' })
  @Length(1, LONGEST_LABEL, { message: `must have 1 to ${LONGEST_LABEL} characters` })
  label?: string;
}
