import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { PageSize } from '../http/page-size.js';

const MODEL = { message: 'must be the id of one model' };

/** The query of `GET /v1/models`: OpenAI's `after`, or our `cursor`. OpenAI's clients send no limit and expect all. */
export class ListModelsQuery {
  @PageSize({ maximum: 1000, byDefault: 1000 })
  limit: number = 1000;

  @ApiPropertyOptional({ description: 'The id of the last model of the page before.' })
  @IsOptional()
  @IsString(MODEL)
  after?: string;

  @ApiPropertyOptional({ description: '`nextCursor` of the page before.' })
  @IsOptional()
  @IsString(MODEL)
  cursor?: string;
}
