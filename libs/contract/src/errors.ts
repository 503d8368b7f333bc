import type { RateState } from './rate-limits.js';

/** One type of error that a client sees: its HTTP status and whether the same request may succeed later. */
interface ErrorType {
  readonly status: number;
  readonly retryable: boolean;
}

/** Every type of error in an answer, as `api.md` lists them. A specification holds the README's table against it. */
export const ERROR_TYPES = {
  invalid_request_error: { status: 422, retryable: false },
  authentication_error: { status: 401, retryable: false },
  permission_error: { status: 403, retryable: false },
  not_found_error: { status: 404, retryable: false },
  conflict_error: { status: 409, retryable: false },
  budget_exceeded: { status: 402, retryable: false },
  rate_limit_error: { status: 429, retryable: true },
  content_filtered: { status: 422, retryable: false },
  provider_error: { status: 502, retryable: true },
  timeout_error: { status: 504, retryable: true },
  overloaded_error: { status: 503, retryable: true },
  internal_error: { status: 500, retryable: true },
} as const satisfies Record<string, ErrorType>;
export type ErrorTypeName = keyof typeof ERROR_TYPES;

/** Kinds of errors for which a job may go on at the next target of its plan, as `fallbackOn` names them. */
export const FALLBACK_KINDS = ['network', 'overload', 'timeout', 'rate_limit', 'model', 'authentication'] as const;
export type FallbackKind = (typeof FALLBACK_KINDS)[number];

/** For which errors a job goes on at its next target. `any`: for every one but a refused content. */
export type FallbackOn = 'any' | readonly FallbackKind[];

/** What holds where the configuration does not say `fallbackOn`. */
export const DEFAULT_FALLBACK_ON = [
  'network',
  'overload',
  'timeout',
  'rate_limit',
  'model',
] as const satisfies readonly FallbackKind[];

/** What a failed attempt means for its job at the target that it is at; the worker alone acts on it. */
export type AttemptVerdict =
  /** try the same target again after a backoff, at most three attempts in all */
  | 'retry'
  /** wait as long as the vendor says, without counting an attempt against the three */
  | 'wait'
  /** try once more, without the parameter that the vendor names or within the bound that it tells; never unchanged */
  | 'mend'
  /** no other attempt at this target */
  | 'leave';

/** What a failed call does to its job: first at its target, then, once that is used up, beyond it. */
interface FailedCall {
  readonly verdict: AttemptVerdict;
  /** What `fallbackOn` must name for the job to go on at its next target. `any`: only `any` will do. Else it fails. */
  readonly fallback: FallbackKind | 'any' | 'never';
  /** How its message ends. */
  readonly mend: string;
}

/** Every code of a failed call, what it does to the job, and how its message ends. */
export const PROVIDER_ERROR_CODES = {
  network: {
    verdict: 'retry',
    fallback: 'network',
    mend: 'Check that the provider can be reached from the worker, then retry the job.',
  },
  overloaded: { verdict: 'retry', fallback: 'overload', mend: 'The provider is overloaded; retry the job later.' },
  rate_limited: {
    verdict: 'wait',
    fallback: 'rate_limit',
    mend: "Lower the rate or raise the provider's limit, then retry the job.",
  },
  authentication: {
    verdict: 'leave',
    fallback: 'authentication',
    mend: "Check the provider's key in the configuration.",
  },
  model_unavailable: {
    verdict: 'leave',
    fallback: 'model',
    mend: "Check the model's providerModel in the configuration.",
  },
  invalid_request: { verdict: 'mend', fallback: 'any', mend: 'Change the request as the provider asks.' },
  /** Of the type of that name: it is the content that was refused, whoever provides. */
  content_filtered: { verdict: 'leave', fallback: 'never', mend: 'Change what is asked for, then send it anew.' },
  /** An answer that did not come over whole is what a broken line makes of it. */
  bad_response: {
    verdict: 'retry',
    fallback: 'network',
    mend: "Check that the provider's baseURL is an endpoint of its API.",
  },
  stream_interrupted: { verdict: 'retry', fallback: 'network', mend: 'The answer broke off; retry the job.' },
  response_too_large: {
    verdict: 'leave',
    fallback: 'any',
    mend: 'Ask for a shorter answer, or raise limits.resultBytes.',
  },
  worker_crash_limit: {
    verdict: 'leave',
    fallback: 'never',
    mend: 'Each try ended its worker; look into the worker’s log before retrying.',
  },
  all_providers_failed: {
    verdict: 'leave',
    fallback: 'never',
    mend: 'See the attempts for the cause at each provider.',
  },
} as const satisfies Record<string, FailedCall>;

/** The same of a call that took longer than one of its limits. */
export const CALL_TIMEOUT = {
  verdict: 'retry',
  fallback: 'timeout',
  mend: "Raise the provider's timeouts, or retry the job.",
} as const satisfies FailedCall;

export type ProviderErrorCode = keyof typeof PROVIDER_ERROR_CODES;

/** An error as a job or an answer shows it. */
export interface ErrorBody {
  readonly type: ErrorTypeName;
  /** Finer than `type`; equal to it where there is nothing finer to say. */
  readonly code: string;
  /** What is wrong and how to mend it. Never a secret, a stack or SQL. */
  readonly message: string;
  readonly retryable: boolean;
  /** Seconds until another try can succeed, where that is known. */
  readonly retryAfterSeconds?: number;
  /** The budget that has no room, and when its next window begins. */
  readonly budget?: string;
  readonly resetsAt?: string;
}

interface ErrorDetails {
  readonly code?: string;
  /** The field at fault, as a path (`request.maxTokens`). */
  readonly param?: string;
  readonly retryAfterSeconds?: number;
  /** The budget that has no room, and when its next window begins (ISO 8601). */
  readonly budget?: string;
  readonly resetsAt?: string;
  /** The limits that the request was judged by, for the headers. */
  readonly rates?: readonly RateState[];
  /** Status other than the type's own, such as 400 for a malformed body. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** A refusal that is meant for the client: everything in it may be shown. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly type: ErrorTypeName;
  readonly code: string;
  readonly param: string | undefined;
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  readonly budget: string | undefined;
  readonly resetsAt: string | undefined;
  readonly rates: readonly RateState[];

  constructor(type: ErrorTypeName, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.type = type;
    this.code = details.code ?? type;
    this.param = details.param;
    this.status = details.status ?? ERROR_TYPES[type].status;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.budget = details.budget;
    this.resetsAt = details.resetsAt;
    this.rates = details.rates ?? [];
  }
}

interface ProviderErrorDetails {
  /** Seconds that the vendor asks to wait; absent when it did not say. */
  readonly retryAfterSeconds?: number;
  /** False when it is certain that nothing of the request was on the wire. Default true. */
  readonly reachedVendor?: boolean;
  /** The vendor's HTTP status, where there was an answer. */
  readonly status?: number;
  /** The vendor answered that it did not do the work. Default: true where its status is no success. */
  readonly refused?: boolean;
  /** The parameter that the vendor refused, where it names one. */
  readonly parameter?: RefusedParameter;
  readonly cause?: unknown;
}

/** A parameter of a request that a vendor refused. */
export interface RefusedParameter {
  /** As the vendor writes it: `max_tokens`, `generationConfig.topP`. */
  readonly name: string;
  /** The largest value that it takes, where it says so. */
  readonly most?: number;
}

/** A failed call to a vendor, as an adapter reports it. Its message holds nothing secret and no content. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly code: ProviderErrorCode;
  readonly retryAfterSeconds: number | undefined;
  readonly reachedVendor: boolean;
  readonly status: number | undefined;
  /** Where this is false and the vendor was reached, it may have done the work and may charge for it. */
  readonly refused: boolean;
  readonly parameter: RefusedParameter | undefined;

  constructor(code: ProviderErrorCode, message: string, details: ProviderErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.reachedVendor = details.reachedVendor ?? true;
    this.status = details.status;
    this.refused = details.refused ?? (details.status ?? 0) >= 300;
    this.parameter = details.parameter;
  }
}

/** A call that took longer than one of its limits: connecting, first byte, between bytes, or the whole. */
export class CallTimeoutError extends Error {
  override readonly name = 'CallTimeoutError';
  constructor(
    readonly limit: 'connect' | 'firstByte' | 'idle' | 'total',
    readonly milliseconds: number,
  ) {
    super(`The provider did not answer in time (${limit}: ${milliseconds} ms).`);
  }
}
