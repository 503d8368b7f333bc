import type { RateLimitSettings } from '@switchyard/contract';
import { sql, type Queryable } from '@switchyard/database';
import type { Configuration } from '../configuration.js';
import { formatPath } from '../faults/path.js';

/** Lengths of windows that have a name, in milliseconds. */
const WINDOW_NAMES: ReadonlyMap<number, string> = new Map([
  [1_000, 's'],
  [60_000, 'min'],
  [3_600_000, 'h'],
  [86_400_000, 'day'],
]);

/**
 * Brings the rate limits of providers, models, tenants and keys into the database, which judges by them. What one has
 * counted stays while it changes. Tenants and keys must be there before.
 */
export async function syncRateLimits(
  database: Queryable,
  { providers, rateLimits }: Pick<Configuration, 'providers' | 'rateLimits'>,
): Promise<void> {
  const ofProviders = [...providers.values()].flatMap(({ name, rateLimit }) =>
    rateLimit
      ? [{ ...rowOf(name, rateLimit), place: formatPath(['providers', name, 'rateLimit']), provider: name }]
      : [],
  );
  const named = rateLimits.map(({ key, tenant, provider, model, ...limit }) => {
    return { ...rowOf(limit.name, limit), place: formatPath(['rateLimits', limit.name]), key, tenant, provider, model };
  });
  await database.query(sql`select write_rate_limits(${JSON.stringify([...ofProviders, ...named])}::json)`);
}

function rowOf(name: string, limit: RateLimitSettings): Readonly<Record<string, unknown>> {
  const { maxRequests, maxTokens, windowMs } = limit;
  return {
    name,
    detail: describeLimit(name, limit),
    max_requests: maxRequests,
    max_tokens: maxTokens,
    window_ms: windowMs,
  };
}

/** A limit in words, as those read it who wait for it: `openai 60/min, 90000 tokens/min`. */
export function describeLimit(name: string, { maxRequests, maxTokens, windowMs }: RateLimitSettings): string {
  const window = WINDOW_NAMES.get(windowMs) ?? `${windowMs} ms`;
  const parts = [
    ...(maxRequests === undefined ? [] : [`${maxRequests}/${window}`]),
    ...(maxTokens === undefined ? [] : [`${maxTokens} tokens/${window}`]),
  ];
  return `${name} ${parts.join(', ')}`;
}
