import type { Dialect } from '../exchange/dialect.js';
import { Refusal } from '../refusal.js';

/** https://cloud.google.com/apis/design/errors#handling_errors */
const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

function messageOf(status: number, model: string | null): string {
  switch (status) {
    case 401:
      return 'Request had invalid authentication credentials. Expected OAuth 2 access token.';
    case 403:
      return "Permission 'aiplatform.endpoints.predict' denied on this project.";
    case 404:
      return `Publisher Model \`publishers/google/models/${model ?? ''}\` was not found.`;
    case 429:
      return 'Resource exhausted. Please try again later.';
    case 503:
      return 'The model is overloaded. Please try again later.';
    default:
      return `The simulator was asked for ${status}.`;
  }
}

/** The wire format of Gemini on Vertex AI, which is that of all of Google's APIs where something is wrong. */
export const GEMINI: Dialect = {
  errorBody({ status, message }) {
    const word = STATUS_WORDS[status] ?? (status < 500 ? 'FAILED_PRECONDITION' : 'UNKNOWN');
    return { error: { code: status, message, status: word } };
  },
  headers() {
    return { vary: 'Origin, X-Origin, Referer' };
  },
  refusalOf(status, model) {
    return new Refusal(status, messageOf(status, model));
  },
};

/** @throws Refusal as Google words it. */
export function invalid(field: string, what: string): never {
  throw new Refusal(400, `Invalid value at '${field}': ${what}.`, { param: field });
}
