import { composeReply, type Reply } from '../content/compose-reply.js';
import { countTokens } from '../content/count-tokens.js';
import type { JsonRecord } from '../content/record.js';
import { reportUsage } from '../content/report-usage.js';
import { sliceText } from '../content/slice-text.js';
import type { Answer, Answerer, AnswerContext } from '../exchange/dialect.js';
import { Refusal } from '../refusal.js';
import { ANTHROPIC } from './anthropic-dialect.js';
import { type Address, type MessagesRequest, readMessagesRequest, readPrompt } from './messages-request.js';

const THOUGHT = 'A question, a track, and a train that knows both.';
const SIGNATURE = 'c2ltdWxhdGVk';

/** What of a message is the same whether it is streamed or not. */
interface Message {
  readonly request: MessagesRequest;
  readonly reply: Reply;
  readonly context: AnswerContext;
  /** Empty where the model does not think. */
  readonly thought: string;
}

/** Answers `POST /v1/messages`. @throws Refusal */
export function answerMessages(address: Address): Answerer {
  return (body, context) => {
    const request = readMessagesRequest(body, address);
    const thought = request.thinks ? THOUGHT : '';
    const message: Message = { request, reply: composeReply(request, context.steering), context, thought };
    if (!request.stream) return { kind: 'json', body: wholeOf(message) };
    const failure = ANTHROPIC.errorBody(new Refusal(529, 'Overloaded'));
    return { kind: 'events', frames: framesOf(message), failure: frame('error', failure) };
  };
}

/** Answers `POST /v1/messages/count_tokens`. @throws Refusal */
export function answerCountTokens(address: Address): Answerer {
  return (body): Answer => ({ kind: 'json', body: { input_tokens: readPrompt(body, address).promptTokens } });
}

function headOf({ request, context }: Message): JsonRecord {
  return { id: `msg_${context.id}`, type: 'message', role: 'assistant', model: request.model };
}

function usageOf({ request, context, thought }: Message, outputTokens: number): JsonRecord | undefined {
  const counts = reportUsage(context.steering.usage, {
    input_tokens: request.promptTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: outputTokens + countTokens(thought),
  });
  return (
    counts && { ...counts, ...(thought !== '' && { output_tokens_details: { thinking_tokens: countTokens(thought) } }) }
  );
}

function stopOf({ reply }: Message): JsonRecord {
  return { stop_reason: stopReason(reply), stop_sequence: reply.stopSequence ?? null };
}

function stopReason({ finish, stopSequence }: Reply): string {
  switch (finish) {
    case 'stop':
      return stopSequence === undefined ? 'end_turn' : 'stop_sequence';
    case 'length':
      return 'max_tokens';
    case 'tool_calls':
      return 'tool_use';
  }
}

function wholeOf(message: Message): JsonRecord {
  const { reply, thought, context } = message;
  const { text, toolCall, completionTokens } = reply;
  const spoken = toolCall
    ? {
        type: 'tool_use',
        id: `toolu_${context.id}`,
        name: toolCall.name,
        input: JSON.parse(toolCall.arguments) as unknown,
      }
    : { type: 'text', text, citations: null };
  const thinking = { type: 'thinking', thinking: thought, signature: SIGNATURE };
  const content = [...(thought === '' ? [] : [thinking]), ...(toolCall || text !== '' ? [spoken] : [])];
  return { ...headOf(message), content, ...stopOf(message), usage: usageOf(message, completionTokens) };
}

function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function* framesOf(message: Message): Iterable<string> {
  const { reply, thought, context } = message;
  const { chunkCharacters, body } = context.steering;
  const { text, toolCall } = reply;
  const begun = { ...headOf(message), content: [], stop_reason: null, stop_sequence: null, usage: usageOf(message, 1) };
  yield frame('message_start', { type: 'message_start', message: begun });
  let index = 0;
  if (thought !== '') {
    const deltas = [
      { type: 'thinking_delta', thinking: thought },
      { type: 'signature_delta', signature: SIGNATURE },
    ];
    yield* blockOf(index, { type: 'thinking', thinking: '', signature: '' }, deltas);
    index += 1;
  }
  yield frame('ping', { type: 'ping' });
  if (toolCall) {
    const opened = { type: 'tool_use', id: `toolu_${context.id}`, name: toolCall.name, input: {} };
    yield* blockOf(index, opened, inputDeltas(toolCall.arguments, chunkCharacters));
  } else if (text !== '') {
    yield* blockOf(index, { type: 'text', text: '' }, textDeltas(text, chunkCharacters));
  }
  if (body === 'half') return;
  const usage = usageOf(message, reply.completionTokens);
  yield frame('message_delta', { type: 'message_delta', delta: stopOf(message), usage });
  yield frame('message_stop', { type: 'message_stop' });
}

function* blockOf(index: number, content_block: JsonRecord, deltas: Iterable<unknown>): Iterable<string> {
  yield frame('content_block_start', { type: 'content_block_start', index, content_block });
  for (const delta of deltas) yield frame('content_block_delta', { type: 'content_block_delta', index, delta });
  yield frame('content_block_stop', { type: 'content_block_stop', index });
}

function* textDeltas(text: string, characters: number): Iterable<unknown> {
  for (const piece of sliceText(text, characters)) yield { type: 'text_delta', text: piece };
}

function* inputDeltas(text: string, characters: number): Iterable<unknown> {
  for (const piece of sliceText(text, characters)) yield { type: 'input_json_delta', partial_json: piece };
}
