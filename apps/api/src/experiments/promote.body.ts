import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';

/** The body of `POST /v1/admin/experiments/{name}/promote`. */
export class PromoteBody {
  @ApiPropertyOptional({ description: 'Whose model the alias names from then on. Default: the winner.', example: 'b' })
  @IsOptional()
  @IsString({ message: 'must name an arm' })
  arm?: string;
}
