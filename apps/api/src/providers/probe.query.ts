import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional } from 'class-validator';
import { readFlag } from '../http/read-flag.js';

/** The query of `GET /v1/admin/providers/health`. */
export class ProbeQuery {
  @ApiPropertyOptional({
    type: Boolean,
    default: false,
    description: 'Says "Hello" to a model of each provider; what that costs is booked to the tenant of the key.',
  })
  @IsOptional()
  @Transform(({ value }) => readFlag(value))
  @IsBoolean({ message: 'must be true or false' })
  probe: boolean = false;
}
