/** Why something failed, in one line for the operator: a failure to connect to several addresses has no words of its own. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return [...new Set(error.errors.map(reasonOf))].join(', ');
  }
  const words = [field(error, 'message'), field(error, 'code'), error];
  const spoken = words.find((each): each is string => typeof each === 'string' && each !== '');
  return spoken?.replaceAll(/\s+/g, ' ').trim() ?? 'unknown cause';
}

function field(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
