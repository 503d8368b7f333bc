import { GatewayError } from '@switchyard/contract';

const RETRY_AFTER_SECONDS = 2;

/** What is answered while the database is away or has more to do than it can take. */
export function overloaded(): GatewayError {
  return new GatewayError(
    'overloaded_error',
    'The gateway cannot take requests at the moment; send it again shortly.',
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}
