import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

/** A query parameter that says how many entries a page holds: 1 to `maximum`, in decimal digits. */
export function PageSize({
  maximum,
  byDefault,
}: {
  readonly maximum: number;
  readonly byDefault: number;
}): PropertyDecorator {
  const fault = { message: `must be a whole number from 1 to ${maximum}` };
  return applyDecorators(
    ApiPropertyOptional({ type: 'integer', minimum: 1, maximum, default: byDefault }),
    IsOptional(),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
    ),
    IsInt(fault),
    Min(1, fault),
    Max(maximum, fault),
  );
}
