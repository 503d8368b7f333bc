import { ProviderError, type ProviderErrorCode } from '@switchyard/contract';
import { EngineError } from '../engine/engine.js';
import { ModelFault } from './model-fault.js';

/** What became of the call is known here, unlike with a vendor: a local model that failed has charged nothing. */
const CODE_OF_CAUSE: Readonly<Record<EngineError['failure'], ProviderErrorCode>> = {
  unloadable: 'model_unavailable',
  'no-room': 'model_unavailable',
  unreachable: 'network',
  'too-long': 'invalid_request',
  failed: 'bad_response',
  ended: 'network',
};

/** What a call of a local model is to be rejected with. */
export function toFailure(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof ModelFault) {
    return new ProviderError('model_unavailable', error.message, { reachedVendor: false, cause: error });
  }
  if (!(error instanceof EngineError)) return error;
  const { failure, message, started } = error;
  return new ProviderError(CODE_OF_CAUSE[failure], message, {
    reachedVendor: started,
    refused: failure !== 'ended',
    cause: error,
  });
}
