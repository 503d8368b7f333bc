import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '@switchyard/contract';
import { isUnavailable } from '@switchyard/jobs';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { anthropicError, isAnthropic } from './anthropic-error.js';
import { answerOf } from './error-answer.js';
import { overloaded } from './overloaded.js';
import { refusedByServer } from './refused-by-server.js';

/** Answers every failure in the API's own shape. What was not meant for the client goes to the log and stays there. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  catch(failure: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const request = http.getRequest<FastifyRequest>();
    const { status, headers, body } = answerOf(this.translate(failure, request.id), request.id);
    void reply
      .status(status)
      .headers(headers)
      .send(isAnthropic(request) ? anthropicError(body.error) : body);
  }

  private translate(failure: unknown, requestId: string): GatewayError {
    if (failure instanceof GatewayError) return failure;
    if (isUnavailable(failure)) {
      this.context.app.logger.warn({ requestId, error: failure }, 'the database is away or full');
      return overloaded();
    }
    const refused = refusedByServer(failure);
    if (refused) return refused;
    this.context.app.logger.error({ requestId, error: failure }, 'a request failed');
    return new GatewayError('internal_error', 'The gateway failed; its log has the cause under this request id.');
  }
}
