import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { PageSize } from '../http/page-size.js';

/** Entries of one page at most, and of one whose request says nothing. */
export const LARGEST_PAGE = 1000;

const MODEL = { message: 'must be the id of one model' };

/**
 * The query of `GET /v1/models`: OpenAI's `after`, Anthropic's `after_id` and `before_id`, or our `cursor`. OpenAI's
 * clients send no limit and expect all.
 */
export class ListModelsQuery {
  @PageSize({ maximum: LARGEST_PAGE, byDefault: LARGEST_PAGE })
  limit?: number;

  @ApiPropertyOptional({ description: 'The id of the last model of the page before.' })
  @IsOptional()
  @IsString(MODEL)
  after?: string;

  @ApiPropertyOptional({ description: 'The same, as clients of Anthropic’s name it.' })
  @IsOptional()
  @IsString(MODEL)
  after_id?: string;

  @ApiPropertyOptional({ description: 'The id of the first model of the page after.' })
  @IsOptional()
  @IsString(MODEL)
  before_id?: string;

  @ApiPropertyOptional({ description: '`nextCursor` of the page before.' })
  @IsOptional()
  @IsString(MODEL)
  cursor?: string;
}
