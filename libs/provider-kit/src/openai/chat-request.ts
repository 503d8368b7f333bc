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
export function toChatRequest(call: ModelCall, dialect: Dialect): Translated<ChatBody> {
  const { providerModel, output } = call;
  const used = USED.filter((name) => !dialect.ignoredFields.includes(name));
  const request = Object.fromEntries(
    Object.entries(call.request).filter(([name]) => !dialect.ignoredFields.some((ignored) => ignored === name)),
  ) as ModelRequest;
  const asked = output && toResponseFormat(output, dialect.takesSchema(providerModel));
  const { messages, warnings } = toMessages(request, dialect, asked?.instruction);
  const guarded = [...GUARDED, ...dialect.guardedOptions];
  const own = ownOptions(request, dialect.kind, guarded, dialect.refusedOptions);
  const body: ChatBody = {
    model: dialect.wireModel(providerModel),
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
      response_format: asked?.format,
    }),
    ...(request.maxTokens !== undefined && { [dialect.maxTokensParameter(providerModel)]: request.maxTokens }),
    ...own.options,
  };
  return { body, warnings: [...warnings, ...own.warnings, ...warnOfUnused(call.request, used)] };
}

/** @param instruction stands at the end of the system prompt. */
function toMessages(
  request: ModelRequest,
  dialect: Dialect,
  instruction: string | undefined,
): { messages: ChatMessage[]; warnings: string[] } {
  const turns: readonly Message[] = request.messages ?? [{ role: 'user', content: request.prompt ?? '' }];
  const [first, ...rest] = turns;
  // Without a system prompt of its own, the conversation's takes its place: many servers allow one, as the first turn.
  const opening = request.systemPrompt === undefined && first?.role === 'system' ? textOf(first.content) : undefined;
  const system = [systemText(request, opening), instruction].filter(Boolean).join('\n\n');
  const remaining = opening === undefined ? turns : rest;
  const warnings = remaining.some((turn) => turn.role !== 'user' && hasMedia(turn.content))
    ? ['Images, audio and files in turns other than the user’s are not supported by this provider and were left out.']
    : [];
  const messages = remaining.map((turn) => toMessage(turn, dialect));
  return { messages: system === '' ? messages : [{ role: 'system', content: system }, ...messages], warnings };
}

function toMessage(message: Message, { parts }: Dialect): ChatMessage {
  const { role, content } = message;
  switch (role) {
    case 'system':
      return { role, content: textOf(content) };
    case 'user':
      return {
        role,
        content: typeof content === 'string' ? content : (content ?? []).map((part) => toPart(part, parts)),
      };
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

interface AskedFormat {
  readonly format: NonNullable<ChatBody['response_format']>;
  readonly instruction?: string;
}

/** Not `strict`, which refuses most schemas that were not written for it; the answer is checked by whoever asked. */
function toResponseFormat({ schema }: JsonOutput, takesSchema: boolean): AskedFormat {
  if (!schema) return { format: { type: 'json_object' } };
  if (takesSchema) return { format: { type: 'json_schema', json_schema: { name: 'answer', schema: { ...schema } } } };
  const instruction = `Answer with one JSON object that fits this JSON Schema:\n${JSON.stringify(schema)}`;
  return { format: { type: 'json_object' }, instruction };
}

function toToolChoice(choice: ToolChoice): OpenAI.ChatCompletionToolChoiceOption {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}
