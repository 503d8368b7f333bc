import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Matches, Max, Min, registerDecorator } from 'class-validator';
import { nanoUsd, parseUsd, ZERO_USD } from '@switchyard/contract';

const NAME = /^[^\p{Cc}\p{Cs}]{1,200}$/u;
const NAMED = { message: 'must be a name of 1 to 200 characters' };
const MOST_TOKENS = 1_000_000_000_000;
const COUNT = { message: `must be a whole number from 0 to ${MOST_TOKENS}` };
const MOST_DOLLARS = 1_000_000n;
const COST = `must be a decimal string of dollars above 0 and up to ${MOST_DOLLARS}, with 9 decimals at most, such as "0.25"`;

/** The body of `POST /v1/admin/usage`. */
export class BookCostBody {
  @ApiProperty({
    description: 'The model that it was spent on: one of the configuration, an alias, or any other name.',
  })
  @Matches(NAME, NAMED)
  model!: string;

  @ApiPropertyOptional({ description: "Needed where the configuration does not have the model; else the model's own." })
  @IsOptional()
  @Matches(NAME, NAMED)
  provider?: string;

  @ApiPropertyOptional({ description: 'Whose it is. Default: that of the key, or of `x-tenant`.' })
  @IsOptional()
  @Matches(NAME, NAMED)
  tenant?: string;

  @ApiPropertyOptional({ description: "Name of one of the tenant's keys. Default: it belongs to none." })
  @IsOptional()
  @Matches(NAME, NAMED)
  key?: string;

  @ApiProperty({ description: 'Dollars, a decimal string.', example: '12.50' })
  @IsCost()
  cost!: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: MOST_TOKENS })
  @IsOptional()
  @IsInt(COUNT)
  @Min(0, COUNT)
  @Max(MOST_TOKENS, COUNT)
  promptTokens?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: MOST_TOKENS })
  @IsOptional()
  @IsInt(COUNT)
  @Min(0, COUNT)
  @Max(MOST_TOKENS, COUNT)
  completionTokens?: number;

  @ApiPropertyOptional({ description: 'What it was for: up to 500 characters.', example: 'Invoice 4711' })
  @IsOptional()
  @Matches(/^[^\p{Cc}\p{Cs}]{1,500}$/u, { message: 'must be 1 to 500 characters on one line' })
  description?: string;
}

function IsCost(): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isCost',
      target: target.constructor,
      propertyName: String(property),
      validator: { validate: isCost, defaultMessage: () => COST },
    });
  };
}

function isCost(value: unknown): boolean {
  const cost = typeof value === 'string' ? parseUsd(value) : undefined;
  return cost !== undefined && cost > ZERO_USD && cost <= nanoUsd(MOST_DOLLARS * 1_000_000_000n);
}
