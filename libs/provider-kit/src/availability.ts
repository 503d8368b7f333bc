import { type Availability, type CallContext, CallTimeoutError, ProviderError } from '@switchyard/contract';

/** How long a provider is waited for when it is asked whether it is there, in milliseconds. */
const AVAILABILITY_MS = 5_000;

/**
 * Whether a provider answers now.
 * @param ask a cheap question to it, such as for its list of models. One that answers 404 has answered: a server may do
 * without a list.
 * @throws the reason of the context's signal, once that is aborted.
 */
export async function findAvailability(
  context: CallContext,
  ask: (context: CallContext) => Promise<unknown>,
): Promise<Availability> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(AVAILABILITY_MS)]);
  try {
    await ask({ ...context, signal });
    return { available: true };
  } catch (error) {
    context.signal.throwIfAborted();
    return toAvailability(error);
  }
}

function toAvailability(error: unknown): Availability {
  if (error instanceof ProviderError && error.code === 'model_unavailable') return { available: true };
  if (error instanceof ProviderError) return { available: false, reason: `${error.code}: ${error.message}` };
  if (error instanceof CallTimeoutError) return { available: false, reason: `timeout: ${error.message}` };
  return { available: false, reason: `timeout: The provider did not answer within ${AVAILABILITY_MS} ms.` };
}
