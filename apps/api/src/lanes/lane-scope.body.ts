import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';

const LENGTH = { message: 'must be a name of 1 to 200 characters' };

/** Which lanes are paused or go on: those that have all that is given. */
export class LaneScopeBody {
  @ApiPropertyOptional({ example: 'openai' })
  @IsOptional()
  @IsString({ message: 'must be the name of a provider' })
  @Length(1, 200, LENGTH)
  provider?: string;

  @ApiPropertyOptional({ example: 'gpt-4o-mini' })
  @IsOptional()
  @IsString({ message: 'must be the id of a model' })
  @Length(1, 200, LENGTH)
  model?: string;

  @ApiPropertyOptional({ example: 'acme' })
  @IsOptional()
  @IsString({ message: 'must be the name of a tenant' })
  @Length(1, 200, LENGTH)
  tenant?: string;
}
