import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Author } from '@switchyard/config';
import { submitterOf } from '../authentication/submitter.js';

/** The parameter of a handler that gets who changes something, for the history. */
export const CurrentAuthor = createParamDecorator((_: unknown, execution: ExecutionContext): Author => {
  const request = execution.switchToHttp().getRequest<FastifyRequest>();
  return { by: submitterOf(request).key.name, requestId: request.id };
});
