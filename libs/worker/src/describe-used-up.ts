import { PROVIDER_ERROR_CODES, type ErrorBody } from '@switchyard/contract';

/** A target that a job was at, and why it left it. */
export interface LeftTarget {
  readonly provider: string;
  readonly model: string;
  readonly error: ErrorBody | undefined;
}

/** The error of a job that was tried at several targets: names each and why. Their own messages hold nothing secret. */
export function describeUsedUp(targets: readonly LeftTarget[]): ErrorBody {
  const causes = targets.map(({ provider, model, error }) => {
    return `${provider} (${model}): ${error ? `${error.code}, ${error.message}` : 'for a cause that is no longer known.'}`;
  });
  const waits = targets.flatMap(({ error }) => error?.retryAfterSeconds ?? []);
  return {
    type: 'provider_error',
    code: 'all_providers_failed',
    message: `All ${targets.length} targets failed. ${causes.join(' ')} ${PROVIDER_ERROR_CODES.all_providers_failed.mend}`,
    retryable: targets.some(({ error }) => error?.retryable === true),
    // The first of them that may work again.
    ...(waits.length === 0 ? {} : { retryAfterSeconds: Math.min(...waits) }),
  };
}
