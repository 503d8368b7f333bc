import type { ValidationError } from '@nestjs/common';
import { GatewayError } from '@switchyard/contract';

/** Turns what class-validator found into a refusal that names the field. */
export function refuseInvalidFields(errors: readonly ValidationError[]): GatewayError {
  const [first] = errors;
  const reason = Object.values(first?.constraints ?? {})[0] ?? 'it is not valid';
  return new GatewayError('invalid_request_error', `\`${first?.property ?? 'query'}\`: ${reason}.`, {
    ...(first ? { param: first.property } : {}),
  });
}
