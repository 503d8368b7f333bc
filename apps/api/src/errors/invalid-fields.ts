import type { ValidationError } from '@nestjs/common';
import { GatewayError } from '@switchyard/contract';

/** A name that a client made up is repeated, but not at any length. */
const LONGEST_NAME = 100;

/** Turns what class-validator found in a query into a refusal that names the first parameter at fault. */
export function refuseInvalidFields(errors: readonly ValidationError[]): GatewayError {
  const [first] = errors;
  const param = first?.property.slice(0, LONGEST_NAME);
  const { whitelistValidation, ...constraints }: Readonly<Record<string, string>> = first?.constraints ?? {};
  const reason =
    whitelistValidation === undefined
      ? (Object.values(constraints)[0] ?? 'is not valid')
      : 'is not a parameter of this request; leave it out';
  return new GatewayError('invalid_request_error', `\`${param ?? 'query'}\` ${reason}.`, {
    ...(param === undefined ? {} : { param }),
  });
}
