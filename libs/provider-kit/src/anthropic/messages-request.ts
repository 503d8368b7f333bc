import type Anthropic from '@anthropic-ai/sdk';
import { type ModelCall, type ModelRequest, type ToolChoice, type ToolDefinition } from '@switchyard/contract';
import { isObject } from '../json.js';
import { defined, ownOptions, type Translated, warnOfUnused } from '../parameters.js';
import { toJsonDemand } from './json-output.js';
import { isBlank } from './parts.js';
import { type Dialect } from './quirks.js';
import { SAMPLING_FIELDS, toSampling } from './sampling.js';
import { toConversation } from './turns.js';

export type MessagesBody = Omit<Anthropic.MessageCreateParamsNonStreaming, 'stream'>;

interface MessagesRequest extends Translated<MessagesBody> {
  /** Whether it says how tokens are to be sampled, which only the older version of the API takes. */
  readonly samples: boolean;
}

/** The cap of an answer where neither the request nor the configuration says one: the vendor needs it said. */
const DEFAULT_MAX_TOKENS = 4_096;

const USED = [
  'prompt',
  'messages',
  'systemPrompt',
  'context',
  'temperature',
  'maxTokens',
  'topP',
  'stop',
  'tools',
  'toolChoice',
] as const satisfies readonly (keyof ModelRequest)[];

/**
 * What decides the model, the content or the price, beside what the gateway sets itself: tiers, speeds and places that
 * cost more than the model's price says, other models in its stead, tools of the vendor's own, another's account.
 */
const GUARDED = [
  'model',
  'messages',
  'system',
  'stream',
  'max_tokens',
  'tools',
  'tool_choice',
  'service_tier',
  'speed',
  'inference_geo',
  'container',
  'mcp_servers',
  'fallbacks',
  'thread',
  'billing_policy',
  'user_profile_id',
  'workspace_id',
  'anthropic_version',
  'anthropic_beta',
  'betas',
  'output_format',
];

/** A native request as the body of `POST /v1/messages`, but for how it is to be answered. */
export function toMessagesRequest(call: ModelCall, dialect: Dialect): MessagesRequest {
  const { providerModel, request, output } = call;
  const { system, messages, warnings } = toConversation(request, dialect.takesImageUrls);
  const own = ownOptions(request, dialect.kind, GUARDED);
  const { output_config, ...options } = own.options;
  const cap = toCap(providerModel, request, dialect);
  const sampling = toSampling(providerModel, request, options, asksToThink(options['thinking']));
  const json = output && toJsonDemand(providerModel, output);
  const tools = toTools(request);
  const stop = toStop(request);
  const told = [system, json?.instruction ?? ''].filter((text) => text !== '').join('\n\n');
  const body: MessagesBody = {
    model: providerModel,
    max_tokens: cap.tokens,
    messages,
    ...(told !== '' && { system: told }),
    ...stop.fields,
    ...tools.fields,
    ...withoutSampling(options),
    ...sampling.fields,
    ...toOutputConfig(output_config, json?.format),
  };
  const all = [warnings, cap.warnings, sampling.warnings, stop.warnings, tools.warnings, own.warnings];
  return {
    body,
    samples: Object.keys(sampling.fields).length > 0,
    warnings: [...all.flat(), ...warnOfUnused(request, USED)],
  };
}

function toCap(model: string, { maxTokens }: ModelRequest, { outputLimits }: Dialect) {
  const limit = outputLimits.get(model);
  if (maxTokens === undefined) {
    const tokens = limit ?? DEFAULT_MAX_TOKENS;
    return { tokens, warnings: [`maxTokens was set to ${tokens}, as this provider needs a limit.`] };
  }
  if (limit === undefined || maxTokens <= limit) return { tokens: maxTokens, warnings: [] };
  return { tokens: limit, warnings: [`maxTokens was lowered to ${limit}, the most that this model writes.`] };
}

function asksToThink(thinking: unknown): boolean {
  return isObject(thinking) && (thinking.type === 'enabled' || thinking.type === 'adaptive');
}

function withoutSampling(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(SAMPLING_FIELDS, name)));
}

/** The shape of the answer is the gateway's to say; how much effort goes into it, the request's. */
function toOutputConfig(
  own: unknown,
  format: Anthropic.JSONOutputFormat | undefined,
): Pick<MessagesBody, 'output_config'> {
  const { format: _format, ...rest } = isObject(own) ? own : {};
  const config = { ...rest, ...(format && { format }) };
  return Object.keys(config).length > 0 ? { output_config: config } : {};
}

function toStop({ stop = [] }: ModelRequest) {
  const sequences = stop.filter((text) => !isBlank(text));
  return {
    fields: sequences.length > 0 ? { stop_sequences: sequences } : {},
    warnings:
      sequences.length < stop.length ? ['stop of white space is not supported by this provider and was left out.'] : [],
  };
}

function toTools({ tools = [], toolChoice }: ModelRequest) {
  if (tools.length > 0) {
    const fields = { tools: tools.map(toTool), ...(toolChoice && { tool_choice: toToolChoice(toolChoice) }) };
    return { fields, warnings: [] };
  }
  const isIdle = toolChoice === undefined || toolChoice === 'auto' || toolChoice === 'none';
  return { fields: {}, warnings: isIdle ? [] : ['toolChoice is not supported without tools and was left out.'] };
}

function toTool({ name, description, parameters }: ToolDefinition): Anthropic.Tool {
  return { name, ...defined({ description }), input_schema: { ...parameters, type: 'object' } };
}

function toToolChoice(choice: ToolChoice): Anthropic.ToolChoice {
  if (typeof choice !== 'string') return { type: 'tool', name: choice.name };
  return { type: choice === 'required' ? 'any' : choice };
}
