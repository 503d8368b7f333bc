import type { ResolvedModel } from './registry.js';

/** What decides how a model's tokens are counted. */
export type CountedModel = Pick<ResolvedModel, 'providerKind' | 'providerModel'>;

/** Counts tokens of text as a model would. */
export interface TokenCounter {
  /** True where it is the model's own tokenizer; else it is an estimate that is rather too high. */
  readonly exact: boolean;
  /** Tokens of a text; a fraction where they are estimated, so that parts add up. */
  readonly weigh: (text: string) => number;
}

/**
 * A run of letters or of spaces without a break is merged in time that grows with its square. Cut in pieces it gives
 * some tokens more, never fewer than by a few: enough for a bound.
 */
const LONG_RUN = /(\S{100}|\s{100})(?=[\S\s])/gu;
const CUT = '\0';

/** OpenAI's names of models and the encoding that reads them; the first that fits holds. */
const ENCODINGS: readonly (readonly [RegExp, () => Promise<TokenCounter>])[] = [
  [/^(gpt-4o|gpt-4\.1|gpt-4\.5|gpt-5|gpt-oss|chatgpt-4o|o\d)/, loadO200k],
  [/^(gpt-4|gpt-3\.?5|text-embedding-)/, loadCl100k],
];
/** Kinds of provider that serve OpenAI's models under OpenAI's names. */
const KINDS_WITH_ENCODINGS: readonly CountedModel['providerKind'][] = ['openai', 'azure_openai', 'copilot', 'groq'];

/**
 * Tokens of other vendors' for each of OpenAI's `o200k_base`, rather too many. Claude has come to 1.6 and Gemini to 1.2
 * on the same pages (https://huggingface.co/datasets/JOHNISKING/pdf-token-cost); models with older vocabularies of
 * 32,000 entries come to 1.4 on prose and code. In eighths, so that sums of fractions are exact.
 */
const FACTORS: readonly (readonly [RegExp, number])[] = [
  [/claude/i, 1.75],
  [/gemini/i, 1.375],
];
const USUAL_FACTOR = 1.5;

/** The simulator's own tokenizer (its README): four bytes are a token. */
const SIMULATOR: TokenCounter = { exact: true, weigh: (text) => Buffer.byteLength(text) / 4 };

/** The model's own tokenizer. Loads it at its first use (half a second, 90 MB). @returns undefined where it is not known */
export function exactCounter({ providerKind, providerModel }: CountedModel): (() => Promise<TokenCounter>) | undefined {
  if (!KINDS_WITH_ENCODINGS.includes(providerKind)) return undefined;
  const name = providerModel.replace(/^(ft:|openai\/)/, '');
  return ENCODINGS.find(([names]) => names.test(name))?.[1];
}

/** The model's own tokenizer where it is known, else an upper estimate by another's. */
export async function openTokenCounter(model: CountedModel): Promise<TokenCounter> {
  if (model.providerKind === 'simulator') return SIMULATOR;
  const load = exactCounter(model);
  if (load) return await load();
  const factor = FACTORS.find(([names]) => names.test(model.providerModel))?.[1] ?? USUAL_FACTOR;
  const { weigh } = await loadO200k();
  return { exact: false, weigh: (text) => weigh(text) * factor };
}

async function loadO200k(): Promise<TokenCounter> {
  return { exact: true, weigh: safely((await import('gpt-tokenizer/encoding/o200k_base')).countTokens) };
}

async function loadCl100k(): Promise<TokenCounter> {
  return { exact: true, weigh: safely((await import('gpt-tokenizer/encoding/cl100k_base')).countTokens) };
}

/** What looks like a special token is text here, as it is for the vendor. */
function safely(count: (text: string, options: { disallowedSpecial: Set<string> }) => number): TokenCounter['weigh'] {
  const options = { disallowedSpecial: new Set<string>() };
  return (text) =>
    text
      .replaceAll(LONG_RUN, `$1${CUT}`)
      .split(CUT)
      .reduce((tokens, piece) => tokens + count(piece, options), 0);
}
