import { Injectable, type PipeTransform } from '@nestjs/common';
import { GatewayError } from '@switchyard/contract';

/** Holds a route that takes no body to that: nothing, `null` and `{}` are none; a field would be ignored, so it is refused. */
@Injectable()
export class NoBody implements PipeTransform<unknown, undefined> {
  transform(body: unknown): undefined {
    if (body === undefined || body === null) return undefined;
    const [field] = typeof body === 'object' && !Array.isArray(body) ? Object.keys(body) : [''];
    if (field === undefined) return undefined;
    throw new GatewayError(
      'invalid_request_error',
      'This route takes no body; leave it out.',
      field === '' ? {} : { param: field },
    );
  }
}
