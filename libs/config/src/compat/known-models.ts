import type { Capability } from '@switchyard/contract';

/** What must be known of a model that a `generation:` block only names. Dollars per million tokens. */
interface KnownModel {
  readonly contextWindow: number;
  readonly inputPerMillion: string;
  readonly outputPerMillion: string;
  readonly capabilities: readonly Capability[];
}

const TEXT: readonly Capability[] = ['generation', 'code'];
const TOOLS: readonly Capability[] = [...TEXT, 'tools', 'json'];
const VISION: readonly Capability[] = [...TOOLS, 'image_input'];

function known(
  contextWindow: number,
  inputPerMillion: string,
  outputPerMillion: string,
  capabilities: readonly Capability[],
): KnownModel {
  return { contextWindow, inputPerMillion, outputPerMillion, capabilities };
}

/** The models that older files name in such a block, at their vendors' list prices; the catalogue takes its place. */
export const KNOWN_MODELS: ReadonlyMap<string, KnownModel> = new Map([
  ['gpt-4', known(8_192, '30', '60', TOOLS)],
  ['gpt-4-turbo', known(128_000, '10', '30', VISION)],
  ['gpt-4o', known(128_000, '2.5', '10', VISION)],
  ['gpt-4o-mini', known(128_000, '0.15', '0.6', VISION)],
  ['gpt-3.5-turbo', known(16_385, '0.5', '1.5', TOOLS)],
  ['claude-3-opus', known(200_000, '15', '75', VISION)],
  ['claude-3-sonnet', known(200_000, '3', '15', VISION)],
  ['claude-3-haiku', known(200_000, '0.25', '1.25', VISION)],
  ['claude-3-5-sonnet@20240229', known(200_000, '3', '15', VISION)],
  ['gemini-1.5-pro-002', known(2_097_152, '1.25', '5', VISION)],
  ['gemini-1.5-flash', known(1_048_576, '0.075', '0.3', VISION)],
  ['gemini-1.0-pro', known(32_760, '0.5', '1.5', TOOLS)],
  ['llama-3.1-70b-versatile', known(131_072, '0.59', '0.79', TOOLS)],
  ['llama2', known(4_096, '0', '0', TEXT)],
  ['llama3', known(8_192, '0', '0', TEXT)],
  ['mixtral', known(32_768, '0', '0', TEXT)],
  ['gemma', known(8_192, '0', '0', TEXT)],
  ['codellama', known(16_384, '0', '0', TEXT)],
  ['deepseek-coder', known(16_384, '0', '0', TEXT)],
  ['sim-chat', known(128_000, '0.5', '1.5', VISION)],
]);
