/** Why something failed, in one line for the operator: a failure to connect to several addresses has no words of its own. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return [...new Set(error.errors.map(reasonOf))].join(', ');
  }
  const { message = '', code = '' }: { message?: unknown; code?: unknown } = Object(error);
  const words = [message, code, error].find((each) => typeof each === 'string' && each !== '');
  return typeof words === 'string' ? words.replaceAll(/\s+/g, ' ').trim() : 'unknown cause';
}
