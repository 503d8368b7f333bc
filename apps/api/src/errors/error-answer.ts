import type { GatewayError } from '@switchyard/contract';
import { rateLimitHeaders } from '../http/rate-limit-headers.js';

/** An error as it goes over the wire. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly error: {
      readonly type: string;
      readonly code: string;
      readonly message: string;
      readonly param: string | null;
      readonly requestId: string;
      readonly budget?: string;
      readonly resetsAt?: string;
    };
  };
}

/** Writes an error in the shape of the native routes. */
export function answerOf(error: GatewayError, requestId: string): ErrorAnswer {
  const { type, code, message, param = null, status, retryAfterSeconds, budget, resetsAt } = error;
  return {
    status,
    headers: {
      'x-request-id': requestId,
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterSeconds)) }),
      ...rateLimitHeaders(error.rates),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
    body: {
      error: {
        type,
        code,
        message,
        param,
        requestId,
        ...(budget === undefined ? {} : { budget }),
        ...(resetsAt === undefined ? {} : { resetsAt }),
      },
    },
  };
}
