import type { Dialect } from '../exchange/dialect.js';
import { Refusal } from '../refusal.js';

/** https://platform.claude.com/docs/en/api/errors. */
const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

const MESSAGES: Readonly<Record<number, string>> = {
  401: 'invalid x-api-key',
  402: 'Your credit balance is too low to access the Anthropic API.',
  403: 'Your API key does not have permission to use the specified resource.',
  429: 'This request would exceed your organization’s rate limit.',
  500: 'Internal server error',
  529: 'Overloaded',
};

function typeOf(status: number): string {
  return TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}

/** Anthropic's wire format, also as Vertex AI speaks it. */
export const ANTHROPIC: Dialect = {
  errorBody({ status, message }) {
    return { type: 'error', error: { type: typeOf(status), message } };
  },
  headers(id) {
    return { 'request-id': `req_${id}` };
  },
  refusalOf(status, model) {
    const message = status === 404 ? `model: ${model ?? ''}` : MESSAGES[status];
    return new Refusal(status, message ?? `The simulator was asked for ${status}.`);
  },
};

/** @throws Refusal as Anthropic words it. */
export function refuse(field: string, what: string): never {
  throw new Refusal(400, `${field}: ${what}`);
}
