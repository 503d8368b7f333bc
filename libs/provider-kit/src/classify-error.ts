import { ProviderError, type ProviderErrorCode, type RefusedParameter } from '@switchyard/contract';
import { isObject } from './json.js';
import { readRefusedParameter } from './refused-parameter.js';
import { type HeaderReader, parseRetryAfter, readRetryDelay } from './retry-after.js';
import { scrub } from './scrub.js';

/** What a status means; every other status is a `bad_response`, a redirect too: no API of a model answers with one. */
const CODE_OF_STATUS: Readonly<Record<number, ProviderErrorCode>> = {
  400: 'invalid_request',
  401: 'authentication',
  /** No money in the account: like a bad key, nothing that waiting mends. */
  402: 'authentication',
  403: 'authentication',
  404: 'model_unavailable',
  /** The vendor gave up on the request, or on its own lock; both official clients send such a request again. */
  408: 'overloaded',
  409: 'overloaded',
  413: 'invalid_request',
  422: 'invalid_request',
  425: 'overloaded',
  429: 'rate_limited',
  /** Groq's, for want of room. */
  498: 'overloaded',
  500: 'overloaded',
  502: 'overloaded',
  503: 'overloaded',
  504: 'overloaded',
  /** Cloudflare's words for a vendor behind it that does not answer. */
  520: 'overloaded',
  521: 'overloaded',
  522: 'overloaded',
  523: 'overloaded',
  524: 'overloaded',
  529: 'overloaded',
};

/**
 * Vendors' own codes that say more than the status they come with. An account without quota answers 429, but no wait
 * mends it and every further call fails alike: as `authentication` it ends the job, marks the provider unhealthy and
 * raises the alert, where `rate_limited` would keep jobs waiting for nothing.
 */
const CODE_OF_WORD: Readonly<Record<string, ProviderErrorCode>> = {
  insufficient_quota: 'authentication',
  billing_not_active: 'authentication',
  billing_hard_limit_reached: 'authentication',
  billing_error: 'authentication',
  contract_spend_limit_reached: 'authentication',
  enforced_spend_limit_reached: 'authentication',
  organization_on_hold: 'authentication',
  invalid_api_key: 'authentication',
  /** Google's, with 400. */
  API_KEY_INVALID: 'authentication',
  model_not_found: 'model_unavailable',
  model_decommissioned: 'model_unavailable',
  model_terms_required: 'model_unavailable',
  unknown_model: 'model_unavailable',
  no_access: 'model_unavailable',
  /** What was asked for is refused for its content; no other provider is to be asked for it. */
  content_filter: 'content_filtered',
  content_policy_violation: 'content_filtered',
  moderation_blocked: 'content_filtered',
  /** Groq's words for a model that wrote no JSON, or no call of a tool, though it was told to: another try may. */
  json_validate_failed: 'bad_response',
  tool_use_failed: 'bad_response',
};

/** Codes and types inside a body that came with status 200, where the status says nothing. */
const CODE_OF_WORD_ALONE: Readonly<Record<string, ProviderErrorCode>> = {
  ...CODE_OF_WORD,
  authentication_error: 'authentication',
  permission_error: 'authentication',
  not_found_error: 'model_unavailable',
  invalid_request_error: 'invalid_request',
  rate_limit_exceeded: 'rate_limited',
  rate_limit_error: 'rate_limited',
  server_error: 'overloaded',
  api_error: 'overloaded',
  overloaded_error: 'overloaded',
  timeout_error: 'overloaded',
  request_too_large: 'invalid_request',
  /** Those of https://cloud.google.com/apis/design/errors. */
  INVALID_ARGUMENT: 'invalid_request',
  FAILED_PRECONDITION: 'invalid_request',
  OUT_OF_RANGE: 'invalid_request',
  UNAUTHENTICATED: 'authentication',
  PERMISSION_DENIED: 'authentication',
  NOT_FOUND: 'model_unavailable',
  RESOURCE_EXHAUSTED: 'rate_limited',
  ABORTED: 'overloaded',
  CANCELLED: 'overloaded',
  DEADLINE_EXCEEDED: 'overloaded',
  INTERNAL: 'overloaded',
  UNAVAILABLE: 'overloaded',
};

const WORD = /^[A-Za-z][\w.-]{0,63}$/;

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isErrorStatus(value: unknown): value is number {
  return typeof value === 'number' && value >= 400 && value < 600;
}

/**
 * What a vendor says of an error, in the shapes that are about: `{error: {…}}`, the same without the frame or in a list
 * of one, a text.
 */
interface VendorError {
  /** Its reasons, codes, type and status, the finest first, whichever are words. */
  readonly words: readonly string[];
  /** A status in the body, as vLLM gives its errors inside a stream. */
  readonly status: number | undefined;
  readonly message: string | undefined;
  /** When to come again, where the body says it. */
  readonly retryAfterSeconds: number | undefined;
  readonly parameter: RefusedParameter | undefined;
}

function readVendorError(answer: unknown): VendorError {
  // Google's streams begin as a list, and so do the errors in their place.
  const body: unknown = Array.isArray(answer) ? answer[0] : answer;
  const error = isObject(body) && (isObject(body.error) || typeof body.error === 'string') ? body.error : body;
  const nothing = {
    words: [],
    status: undefined,
    message: undefined,
    retryAfterSeconds: undefined,
    parameter: undefined,
  };
  if (typeof error === 'string') return { ...nothing, message: detailOf(body) ?? error };
  if (!isObject(error)) return nothing;
  const { code, type, status, message } = error;
  // Anthropic gives one object, Google a list of them.
  const details = [error.details].flat().filter(isObject);
  return {
    words: [...details.flatMap(({ error_code: finer, reason }) => [finer, reason]), code, type, status]
      .filter(isText)
      .filter((word) => WORD.test(word)),
    status: [code, status].find(isErrorStatus),
    message: isText(message) ? message : detailOf(error),
    retryAfterSeconds: details.map(readRetryDelay).find((seconds) => seconds !== undefined),
    parameter: readRefusedParameter(error, body),
  };
}

/** What servers built on FastAPI say: a text, or a fault for each field. */
function detailOf(body: unknown): string | undefined {
  const detail = isObject(body) ? body.detail : undefined;
  if (!Array.isArray(detail)) return isText(detail) && detail !== '' ? detail : undefined;
  const faults = detail.flatMap((fault: unknown) => {
    if (!isObject(fault) || !isText(fault.msg)) return [];
    const place = Array.isArray(fault.loc) ? fault.loc.join('.') : '';
    return [place === '' ? fault.msg : `${place}: ${fault.msg}`];
  });
  return faults.length > 0 ? faults.join('; ') : undefined;
}

function codeOfWords(words: readonly string[], table: Readonly<Record<string, ProviderErrorCode>>) {
  return words.map((word) => (Object.hasOwn(table, word) ? table[word] : undefined)).find((code) => code !== undefined);
}

/**
 * The vendor's own text is quoted for an invalid request only, where it says what to change; elsewhere it helps nobody
 * and may repeat a piece of the prompt.
 */
function describe(code: ProviderErrorCode, what: string, error: VendorError, secrets: readonly string[]): string {
  const word = error.words.map((text) => scrub(text, secrets)).find((text) => text !== undefined);
  const text = code === 'invalid_request' && error.message !== undefined ? scrub(error.message, secrets) : undefined;
  return `${what}${word === undefined ? '' : ` (${word})`}${text === undefined ? '.' : `: ${text}`}`;
}

function parameterOf(code: ProviderErrorCode, { parameter }: VendorError): { readonly parameter?: RefusedParameter } {
  return code === 'invalid_request' && parameter ? { parameter } : {};
}

/**
 * The one table from a vendor's refusal to what it means for the job.
 * @param body the answer's body, parsed where it was JSON.
 * @param secrets texts that must not be repeated, beside all that looks like a key.
 */
export function classifyStatus(
  status: number,
  headers: HeaderReader,
  body: unknown,
  secrets: readonly string[] = [],
): ProviderError {
  const error = readVendorError(body);
  const retryAfterSeconds = parseRetryAfter(headers) ?? error.retryAfterSeconds;
  // GitHub's word for too many calls at once: what is forbidden for good says no time to come again.
  const byStatus = status === 403 && retryAfterSeconds !== undefined ? 'rate_limited' : CODE_OF_STATUS[status];
  const code = codeOfWords(error.words, CODE_OF_WORD) ?? byStatus ?? 'bad_response';
  return new ProviderError(code, describe(code, `The provider answered ${status}`, error, secrets), {
    status,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...parameterOf(code, error),
  });
}

/**
 * The same for an error in a body or an event that came with status 200.
 * @param otherwise what it means where the vendor's words are unknown.
 * @param refused whether it stands in the answer's place, so that no work was done.
 */
export function classifyErrorBody(
  body: unknown,
  { otherwise, refused }: { readonly otherwise: ProviderErrorCode; readonly refused: boolean },
  secrets: readonly string[] = [],
): ProviderError {
  const error = readVendorError(body);
  const byStatus = error.status === undefined ? undefined : CODE_OF_STATUS[error.status];
  const code = codeOfWords(error.words, CODE_OF_WORD_ALONE) ?? byStatus ?? otherwise;
  return new ProviderError(code, describe(code, 'The provider reported an error in its answer', error, secrets), {
    ...(error.status !== undefined && { status: error.status }),
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
    ...parameterOf(code, error),
    refused,
  });
}
