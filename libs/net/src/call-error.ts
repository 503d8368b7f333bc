import { CallTimeoutError, ProviderError, type CallTimeouts } from '@switchyard/contract';

const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && CODE.test(error.code) ? error.code : undefined;
}

/** Answers that are no HTTP. undici gives its parser's errors a name, but of late no code. */
function isMalformed(error: unknown, code: string | undefined): boolean {
  return (error instanceof Error && error.name === 'HTTPParserError') || code === 'UND_ERR_HEADERS_OVERFLOW';
}

/**
 * A failure of undici or of the socket in the vocabulary of the contract. Only its code is taken over: its other fields
 * may hold bytes of an answer, and its text an address.
 * @param started whether a byte of the request may have left; before that, `reachedVendor` is false.
 */
export function toCallError(
  error: unknown,
  started: boolean,
  timeouts: CallTimeouts,
): ProviderError | CallTimeoutError {
  if (error instanceof ProviderError || error instanceof CallTimeoutError) return error;
  const code = codeOf(error);
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return new CallTimeoutError('connect', timeouts.connectMs);
  if (code === 'UND_ERR_INVALID_ARG') {
    return new ProviderError('invalid_request', 'The request could not be sent: one of its headers is not valid.', {
      reachedVendor: started,
    });
  }
  if (isMalformed(error, code)) return new ProviderError('bad_response', 'The provider did not answer in HTTP.');
  const reason = code === undefined ? '' : ` (${code})`;
  return started
    ? new ProviderError('network', `The connection to the provider broke off${reason}.`)
    : new ProviderError('network', `The provider could not be reached${reason}.`, { reachedVendor: false });
}
