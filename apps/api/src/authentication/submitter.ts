import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Submitter } from '@switchyard/gate';

const submitters = new WeakMap<FastifyRequest, Submitter>();

/** Remembers whose request it is. */
export function setSubmitter(request: FastifyRequest, submitter: Submitter): void {
  submitters.set(request, submitter);
}

/** @throws Error where no guard let the request through, which is a fault of ours. */
export function submitterOf(request: FastifyRequest): Submitter {
  const submitter = submitters.get(request);
  if (!submitter) throw new Error('A route that needs a key was reached without one.');
  return submitter;
}

/** The parameter of a handler that gets whose request it is. */
export const CurrentSubmitter = createParamDecorator((_: unknown, execution: ExecutionContext) =>
  submitterOf(execution.switchToHttp().getRequest<FastifyRequest>()),
);
