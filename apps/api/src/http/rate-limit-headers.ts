import type { RateState } from '@switchyard/contract';

/**
 * What is left of a client's own limits, by draft-ietf-httpapi-ratelimit-headers-10: `r` is left for `t` seconds of a
 * quota of `q` in `w` seconds. No header where nothing limits it.
 */
export function rateLimitHeaders(rates: readonly RateState[]): Readonly<Record<string, string>> {
  const items = rates.flatMap(itemsOf);
  if (items.length === 0) return {};
  return {
    'ratelimit-policy': items.map(({ policy }) => policy).join(', '),
    ratelimit: items.map(({ state }) => state).join(', '),
  };
}

interface Item {
  readonly policy: string;
  readonly state: string;
}

function itemsOf({ name, windowMs, resetMs, ...counts }: RateState): readonly Item[] {
  const window = Math.ceil(windowMs / 1_000);
  const reset = Math.max(Math.ceil(resetMs / 1_000), 0);
  const item = (label: string, most: number, left: number, unit: string): Item => ({
    policy: `"${label}";q=${most}${unit};w=${window}`,
    state: `"${label}";r=${Math.max(left, 0)};t=${reset}`,
  });
  const { maxRequests, leftRequests, maxTokens, leftTokens } = counts;
  return [
    ...(maxRequests === null ? [] : [item(name, maxRequests, leftRequests ?? 0, '')]),
    ...(maxTokens === null ? [] : [item(`${name}-tokens`, maxTokens, leftTokens ?? 0, ';qu="tokens"')]),
  ];
}
