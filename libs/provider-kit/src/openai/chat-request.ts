import {
  type JsonOutput,
  type Message,
  type ModelCall,
  type ModelRequest,
  type ToolChoice,
  type ToolDefinition,
} from '@switchyard/contract';
import type OpenAI from 'openai';
import { defined, ownOptions, type Translated, warnOfUnused } from '../parameters.js';
import { hasMedia, systemText, textOf } from '../system-text.js';
import { toPart } from './parts.js';
import { type Dialect } from './quirks.js';

type ChatBody = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'stream'>;
type ChatMessage = OpenAI.ChatCompletionMessageParam;

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

/**
 * What decides the price, beside what the gateway sets itself: `n`, as each further choice is paid for and one is read;
 * tiers, searches and predictions, which cost more than the model's price says; tools, which have a field of their own.
 */
const GUARDED = [
  'model',
  'messages',
  'stream',
  'stream_options',
  'n',
  'max_tokens',
  'max_completion_tokens',
  'tools',
  'tool_choice',
  'functions',
  'function_call',
  'service_tier',
  'web_search_options',
  'prediction',
  'modalities',
  'audio',
];

/** A native request as the body of `POST /chat/completions`, but for how it is to be answered. */
export function toChatRequest({ providerModel, request, output }: ModelCall, dialect: Dialect): Translated<ChatBody> {
  const { messages, warnings } = toMessages(request);
  const own = ownOptions(request, dialect.kind, GUARDED);
  const body: ChatBody = {
    model: providerModel,
    messages,
    ...defined({
      temperature: request.temperature,
      top_p: request.topP,
      frequency_penalty: request.frequencyPenalty,
      presence_penalty: request.presencePenalty,
      stop: request.stop && [...request.stop],
      seed: request.seed,
      tools: request.tools?.map(toTool),
      tool_choice: request.toolChoice && toToolChoice(request.toolChoice),
      response_format: output && toResponseFormat(output),
    }),
    ...(request.maxTokens !== undefined && { [dialect.maxTokensParameter(providerModel)]: request.maxTokens }),
    ...own.options,
  };
  return { body, warnings: [...warnings, ...own.warnings, ...warnOfUnused(request, USED)] };
}

function toMessages(request: ModelRequest): { messages: ChatMessage[]; warnings: string[] } {
  const turns: readonly Message[] = request.messages ?? [{ role: 'user', content: request.prompt ?? '' }];
  const [first, ...rest] = turns;
  // Without a system prompt of its own, the conversation's takes its place: many servers allow one, as the first turn.
  const opening = request.systemPrompt === undefined && first?.role === 'system' ? textOf(first.content) : undefined;
  const system = systemText(request, opening);
  const remaining = opening === undefined ? turns : rest;
  const warnings = remaining.some((turn) => turn.role !== 'user' && hasMedia(turn.content))
    ? ['Images, audio and files in turns other than the user’s are not supported by this provider and were left out.']
    : [];
  const messages = remaining.map(toMessage);
  return { messages: system === '' ? messages : [{ role: 'system', content: system }, ...messages], warnings };
}

function toMessage(message: Message): ChatMessage {
  const { role, content } = message;
  switch (role) {
    case 'system':
      return { role, content: textOf(content) };
    case 'user':
      return { role, content: typeof content === 'string' ? content : (content ?? []).map(toPart) };
    case 'assistant': {
      const calls = message.toolCalls?.map(({ id, name, arguments: text }) => ({
        id,
        type: 'function' as const,
        function: { name, arguments: text },
      }));
      const text = content === null ? null : textOf(content);
      return { role, content: text, ...(calls && calls.length > 0 && { tool_calls: calls }) };
    }
    case 'tool':
      return { role, tool_call_id: message.toolCallId ?? '', content: textOf(content) };
  }
}

function toTool({ name, description, parameters }: ToolDefinition): OpenAI.ChatCompletionFunctionTool {
  return {
    type: 'function',
    function: { name, ...defined({ description, parameters: parameters && { ...parameters } }) },
  };
}

/** Not `strict`, which refuses most schemas that were not written for it; the answer is checked by whoever asked. */
function toResponseFormat({ schema }: JsonOutput): ChatBody['response_format'] {
  if (!schema) return { type: 'json_object' };
  return { type: 'json_schema', json_schema: { name: 'answer', schema: { ...schema } } };
}

function toToolChoice(choice: ToolChoice): OpenAI.ChatCompletionToolChoiceOption {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}
