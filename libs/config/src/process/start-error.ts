/** A cause for which a process does not start, in one line for the operator. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
