import { ProviderError } from '@switchyard/contract';

/** An answer in which something is missing or wrong. @param what follows "The answer of the provider has". */
export function badReply(what: string): ProviderError {
  return new ProviderError('bad_response', `The answer of the provider has ${what}.`);
}
