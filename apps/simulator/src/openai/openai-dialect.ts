import type { Dialect } from '../exchange/dialect.js';
import { Refusal } from '../refusal.js';

interface Fault {
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
}

function faultOf(status: number, model: string | null): Fault {
  switch (status) {
    case 401:
      return { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' };
    case 402:
      return { message: 'You exceeded your current quota.', type: 'insufficient_quota', code: 'insufficient_quota' };
    case 403:
      return { message: 'This key may not do that.', type: 'permission_error', code: null };
    case 404: {
      const message = `The model \`${model ?? ''}\` does not exist or you do not have access to it.`;
      return { message, type: 'invalid_request_error', code: 'model_not_found' };
    }
    case 429:
      return { message: 'Rate limit reached.', type: 'requests', code: 'rate_limit_exceeded' };
    case 503:
      return { message: 'The engine is currently overloaded.', type: 'server_error', code: null };
    default:
      return status < 500
        ? { message: `The simulator was asked for ${status}.`, type: 'invalid_request_error', code: null }
        : { message: `The simulator was asked for ${status}.`, type: 'server_error', code: null };
  }
}

function errorType(status: number, code: string | undefined): string {
  if (code === undefined) return status < 500 ? 'invalid_request_error' : 'server_error';
  return faultOf(status, null).type;
}

/** OpenAI's wire format, which several vendors share. */
export const OPENAI: Dialect = {
  errorBody({ status, message, param, code }) {
    return { error: { message, type: errorType(status, code), param: param ?? null, code: code ?? null } };
  },
  headers(id) {
    return { 'x-request-id': `req_${id}`, 'openai-version': '2020-10-01' };
  },
  refusalOf(status, model) {
    const { message, code } = faultOf(status, model);
    return new Refusal(status, message, code === null ? {} : { code });
  },
};
