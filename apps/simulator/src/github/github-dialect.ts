import type { Dialect } from '../exchange/dialect.js';
import { Refusal } from '../refusal.js';

const FAULTS: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ['bad_request', 'The simulator was asked for 400.'],
  401: ['unauthorized', 'Bad credentials'],
  403: ['no_access', 'No access to model'],
  404: ['unknown_model', 'Unknown model'],
  413: ['tokens_limit_reached', 'Request body too large for the model. Max size: 8000 tokens.'],
  429: ['RateLimitReached', 'Rate limit of 10 per 60s exceeded for UserByModelByMinute.'],
};

/** The wire format of GitHub Models: OpenAI's answers, and errors of its own. */
export const GITHUB: Dialect = {
  errorBody({ message, code }) {
    return { error: { code: code ?? 'invalid_request', message, details: message } };
  },
  headers(id) {
    return { 'x-github-request-id': id, 'x-github-api-version-selected': '2022-11-28' };
  },
  refusalOf(status) {
    const [code, message] = FAULTS[status] ?? ['server_error', `The simulator was asked for ${status}.`];
    return new Refusal(status, message, { code });
  },
};
