/** A switch in a query, as a validator takes it; what is neither word is left for it to refuse. */
export function readFlag(value: unknown): unknown {
  return value === 'true' ? true : value === 'false' ? false : value;
}
