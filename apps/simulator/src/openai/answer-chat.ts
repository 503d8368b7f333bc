import { composeReply, type Reply } from '../content/compose-reply.js';
import type { JsonRecord } from '../content/record.js';
import { reportUsage } from '../content/report-usage.js';
import { sliceText } from '../content/slice-text.js';
import type { Answer, AnswerContext } from '../exchange/dialect.js';
import { Refusal } from '../refusal.js';
import { readChatRequest, type ChatRequest } from './chat-request.js';
import { OPENAI } from './openai-dialect.js';

const FINGERPRINT = 'fp_simulator';
/** In Azure's words, whose filter it is. */
const FILTERED =
  "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.";

/** A reply as far as it is told, and how it ends. */
type ToldReply = Omit<Reply, 'finish'> & { readonly finish: Reply['finish'] | 'content_filter' };

/** What a content filter leaves: the first half of the text. */
function cutOff({ text, completionTokens }: Reply): ToldReply {
  const kept = text.slice(0, text.length >> 1);
  return { text: kept, toolCall: undefined, completionTokens, finish: 'content_filter' };
}

function usageOf(request: ChatRequest, reply: ToldReply, { steering }: AnswerContext): JsonRecord | undefined {
  const { promptTokens } = request;
  const { completionTokens } = reply;
  return reportUsage(steering.usage, {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  });
}

function toolCallOf({ toolCall }: ToldReply, id: string): unknown {
  return toolCall && { id: `call_${id}`, type: 'function', function: toolCall };
}

function completion(request: ChatRequest, reply: ToldReply, context: AnswerContext): Answer {
  const call = toolCallOf(reply, context.id);
  const message = {
    role: 'assistant',
    content: call ? null : reply.text,
    refusal: null,
    ...(call ? { tool_calls: [call] } : {}),
  };
  const body = {
    id: `chatcmpl-${context.id}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1_000),
    model: request.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: reply.finish }],
    usage: usageOf(request, reply, context),
    system_fingerprint: FINGERPRINT,
  };
  return { kind: 'json', body };
}

function* deltas({ text, toolCall }: ToldReply, id: string, characters: number): Iterable<unknown> {
  if (!toolCall) {
    yield { role: 'assistant', content: '', refusal: null };
    for (const content of sliceText(text, characters)) yield { content };
    return;
  }
  const opened = { index: 0, id: `call_${id}`, type: 'function', function: { name: toolCall.name, arguments: '' } };
  yield { role: 'assistant', content: null, tool_calls: [opened] };
  for (const piece of sliceText(toolCall.arguments, characters)) {
    yield { tool_calls: [{ index: 0, function: { arguments: piece } }] };
  }
}

function* frames(request: ChatRequest, reply: ToldReply, context: AnswerContext): Iterable<string> {
  const { id, steering } = context;
  const head = JSON.stringify({
    id: `chatcmpl-${id}`,
    object: 'chat.completion.chunk',
    created: Math.floor(Date.now() / 1_000),
    model: request.model,
    system_fingerprint: FINGERPRINT,
  }).slice(0, -1);
  const tail = request.includeUsage ? ',"usage":null}\n\n' : '}\n\n';
  // Put together by hand: a long answer is thousands of these, alike but for the delta.
  const frame = (delta: unknown, finish: string | null): string =>
    `data: ${head},"choices":[{"index":0,"delta":${JSON.stringify(delta)},"logprobs":null,"finish_reason":${JSON.stringify(finish)}}]${tail}`;
  for (const delta of deltas(reply, id, steering.chunkCharacters)) yield frame(delta, null);
  if (steering.body === 'half') return;
  yield frame({}, reply.finish);
  const usage = request.includeUsage ? usageOf(request, reply, context) : undefined;
  if (usage) yield `data: ${head},"choices":[],"usage":${JSON.stringify(usage)}}\n\n`;
  yield 'data: [DONE]\n\n';
}

/** Answers `POST /v1/chat/completions`. @throws Refusal */
export function answerChat(body: JsonRecord, context: AnswerContext): Answer {
  const request = readChatRequest(body);
  const { filter } = context.steering;
  if (filter === 'prompt') throw new Refusal(400, FILTERED, { param: 'prompt', code: 'content_filter' });
  const composed = composeReply(request, context.steering);
  const reply = filter === 'answer' ? cutOff(composed) : composed;
  if (!request.stream) return completion(request, reply, context);
  const failure = OPENAI.errorBody(new Refusal(500, 'The server had an error while processing your request.'));
  return {
    kind: 'events',
    frames: frames(request, reply, context),
    failure: `data: ${JSON.stringify(failure)}\n\n`,
  };
}
