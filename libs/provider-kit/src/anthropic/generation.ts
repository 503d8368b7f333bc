/** `claude-3-5-sonnet-20241022`, `claude-sonnet-4-20250514`, `claude-opus-4-1@20250805`, `us.anthropic.claude-opus-4-6-v1`. */
const CLAUDE = /claude-(?:[a-z]+-)*(\d+)(?:[-.](\d{1,2}))?(?!\d)/;

/** Generations as numbers that can be compared: Claude 3.5 is 305, Claude 4 is 400. */
const CLAUDE_4_1 = 401;
const CLAUDE_4_5 = 405;
const CLAUDE_4_7 = 407;

/** A Claude without a number is newer than all that have one: `claude-mythos-preview`. */
const NEWEST = Number.POSITIVE_INFINITY;

/** @returns undefined for a model that is no Claude, as other servers of the dialect have them. */
function generationOf(model: string): number | undefined {
  const [match, major = '', minor = '0'] = CLAUDE.exec(model) ?? [];
  if (match !== undefined) return Number(major) * 100 + Number(minor);
  return model.includes('claude') ? NEWEST : undefined;
}

/**
 * What a model takes of `temperature`, `top_p` and `top_k`: from Claude 4.7 on nothing, and from Claude 4.1 on not the
 * first two together.
 */
export function samplingOf(model: string): 'all' | 'not_both' | 'none' {
  const generation = generationOf(model) ?? 0;
  if (generation >= CLAUDE_4_7) return 'none';
  return generation >= CLAUDE_4_1 ? 'not_both' : 'all';
}

/** Whether a model holds its answer to a JSON Schema (`output_config.format`). */
export function hasStructuredOutput(model: string): boolean {
  return (generationOf(model) ?? 0) >= CLAUDE_4_5;
}
