import { type ModelCall, type ModelRequest, type ToolDefinition } from '@switchyard/contract';
import { defined, type Translated, warnOfUnused } from '@switchyard/provider-kit';
import { type ChatRequest, type Tool } from 'ollama/browser';
import { toMessages } from './messages.js';
import { keepAlive, ownParameters } from './own-parameters.js';
import { servedModel } from './variants.js';

type ChatBody = Omit<ChatRequest, 'stream'>;

const USED = [
  'prompt',
  'messages',
  'systemPrompt',
  'context',
  'temperature',
  'maxTokens',
  'topP',
  'frequencyPenalty',
  'presencePenalty',
  'stop',
  'tools',
  'toolChoice',
  'seed',
] as const satisfies readonly (keyof ModelRequest)[];

const OWN_FIELDS = ['think', 'keep_alive', 'logprobs', 'top_logprobs', 'truncate', 'shift'];

/**
 * A native request as the body of `POST /api/chat` (https://docs.ollama.com/api/chat), but for how it is to be answered.
 * @throws ProviderError `invalid_request` for what Ollama cannot take.
 */
export function toChatRequest(call: ModelCall): Translated<ChatBody> {
  const { request, output, contextWindow } = call;
  const own = ownParameters(request, OWN_FIELDS);
  const { tools, warnings } = toTools(request);
  const options = {
    ...defined({
      num_predict: request.maxTokens,
      num_ctx: contextWindow,
      temperature: request.temperature,
      top_p: request.topP,
      frequency_penalty: request.frequencyPenalty,
      presence_penalty: request.presencePenalty,
      stop: request.stop && [...request.stop],
      seed: request.seed,
    }),
    ...own.options,
  };
  const body: ChatBody = {
    model: servedModel(call),
    messages: toMessages(request),
    ...(tools && { tools }),
    ...(output && { format: output.schema ?? 'json' }),
    ...keepAlive(call.options),
    ...(Object.keys(options).length > 0 && { options }),
    ...own.fields,
  };
  return { body, warnings: [...warnings, ...own.warnings, ...warnOfUnused(request, USED)] };
}

/** Ollama has no choice of tools: none is no tools, one by name is that one alone, and none can be forced. */
function toTools({ tools, toolChoice = 'auto' }: ModelRequest): { tools?: Tool[]; warnings: readonly string[] } {
  if (!tools || toolChoice === 'none') return { warnings: [] };
  const named = typeof toolChoice === 'object' ? toolChoice.name : undefined;
  const offered = tools.filter(({ name }) => named === undefined || name === named).map(toTool);
  const warnings =
    toolChoice === 'auto' ? [] : ['toolChoice cannot force a tool with this provider; it may answer text.'];
  return { ...(offered.length > 0 && { tools: offered }), warnings };
}

function toTool({ name, description, parameters }: ToolDefinition): Tool {
  // The client's type knows a part of JSON Schema; the server takes all of it.
  const schema = parameters as Tool['function']['parameters'];
  return { type: 'function', function: { name, ...defined({ description, parameters: schema }) } };
}
