import { ProviderError } from '@switchyard/contract';

/** A stream that has ended without its vendor's own word that it is complete. */
export function interrupted(): ProviderError {
  return new ProviderError('stream_interrupted', 'The stream of the provider ended before its answer did.');
}
