import { HttpException } from '@nestjs/common';
import { GatewayError } from '@switchyard/contract';

/** What the HTTP server and Nest refuse before a handler runs. @returns undefined for what nobody foresaw */
export function refusedByServer(failure: unknown): GatewayError | undefined {
  switch (statusOf(failure)) {
    case 415:
      return refusal(400, 'unsupported_media_type', 'The body must be JSON; send `content-type: application/json`.');
    case 400:
      return refusal(400, 'malformed_request', 'The request is malformed; check its path and its headers.');
    case 404:
      return new GatewayError('not_found_error', 'There is no such route; see /docs for those that exist.');
    case 408:
      return refusal(408, 'request_timeout', 'The request took too long to arrive; send it again.');
    case 413:
      return refusal(413, 'body_too_large', 'The body is larger than limits.bodyBytes allows; send less.');
    case 431:
      return refusal(431, 'headers_too_large', 'The headers of the request are too large; send less.');
    default:
      return undefined;
  }
}

/** An address that there is, asked for what it does not do. */
export function methodNotAllowed(allowed: readonly string[]): GatewayError {
  return refusal(405, 'method_not_allowed', `This route does not take that method; it takes ${allowed.join(', ')}.`);
}

function refusal(status: number, code: string, message: string): GatewayError {
  return new GatewayError('invalid_request_error', message, { code, status });
}

function statusOf(failure: unknown): number | undefined {
  if (failure instanceof HttpException) return failure.getStatus();
  if (typeof failure !== 'object' || failure === null) return undefined;
  const { statusCode, code } = failure as { statusCode?: unknown; code?: unknown };
  if (typeof statusCode === 'number') return statusCode;
  // Node's own parser, before there is a request.
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return typeof code === 'string' && code.startsWith('HPE_') ? 400 : undefined;
}
