import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsOptional, IsString } from 'class-validator';

const MOST_TEXTS = 2_048;

/** The body of `POST /api/v1/model/inference`: one text, or several. */
export class InferenceBody {
  @ApiPropertyOptional({ description: 'The text.', example: 'A switchyard at night.' })
  @IsOptional()
  @IsString({ message: 'must be a text' })
  text?: string;

  @ApiPropertyOptional({ type: [String], maxItems: MOST_TEXTS, description: 'Several, in place of `text`.' })
  @IsOptional()
  @IsArray({ message: 'must be a list of texts' })
  @ArrayMaxSize(MOST_TEXTS, { message: `must be a list of at most ${MOST_TEXTS} texts` })
  @IsString({ each: true, message: 'must be a list of texts' })
  texts?: string[];
}
