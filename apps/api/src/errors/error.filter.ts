import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '@switchyard/contract';
import { isUnavailable } from '@switchyard/jobs';
import { API_CONTEXT, type ApiContext } from '../api-context.js';

const RETRY_AFTER_SECONDS = 2;

/** Answers every failure in the API's own shape. What was not meant for the client goes to the log and stays there. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  catch(failure: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const { id: requestId } = http.getRequest<FastifyRequest>();
    const error = this.translate(failure, requestId);
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(Math.ceil(error.retryAfterSeconds)));
    if (error.status === 401) reply.header('www-authenticate', 'Bearer');
    void reply.status(error.status).send({
      error: { type: error.type, code: error.code, message: error.message, param: error.param ?? null, requestId },
    });
  }

  private translate(failure: unknown, requestId: string): GatewayError {
    if (failure instanceof GatewayError) return failure;
    if (isUnavailable(failure)) {
      this.context.app.logger.warn({ requestId, error: failure }, 'the database is away or full');
      return new GatewayError('overloaded_error', 'The gateway cannot take requests at the moment; send it again shortly.', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    const refused = refusedByServer(failure);
    if (refused) return refused;
    this.context.app.logger.error({ requestId, error: failure }, 'a request failed');
    return new GatewayError('internal_error', 'The gateway failed; its log has the cause under this request id.');
  }
}

/** What Fastify and Nest refuse before a handler runs: unknown routes, bodies that are too large or no JSON. */
function refusedByServer(failure: unknown): GatewayError | undefined {
  const status = statusOf(failure);
  if (status === undefined || status >= 500) return undefined;
  switch (status) {
    case 404:
      return new GatewayError('not_found_error', 'There is no such route; see /docs for those that exist.');
    case 413:
      return new GatewayError('invalid_request_error', 'The body is larger than limits.bodyBytes allows; send less.', {
        code: 'body_too_large',
        status: 413,
      });
    case 415:
      return new GatewayError('invalid_request_error', 'The body must be JSON; send `content-type: application/json`.', {
        status: 400,
      });
    default:
      return new GatewayError('invalid_request_error', 'The request is malformed: its body must be valid JSON.', {
        code: 'malformed_body',
        status: 400,
      });
  }
}

function statusOf(failure: unknown): number | undefined {
  if (failure instanceof HttpException) return failure.getStatus();
  const status: unknown = failure instanceof Error && 'statusCode' in failure ? failure.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}
