import { composeReply, type Reply } from '../content/compose-reply.js';
import type { JsonRecord } from '../content/record.js';
import { reportUsage } from '../content/report-usage.js';
import { sliceText } from '../content/slice-text.js';
import type { Answer, AnswerContext } from '../exchange/dialect.js';
import { type ChatRequest, readChatRequest } from './chat-request.js';
import { JSON_LINES, line } from './ollama-dialect.js';

/** In nanoseconds; nobody measures a simulator. */
const DURATIONS = { total_duration: 2_000_000, load_duration: 1_000_000 };

function headOf({ model }: ChatRequest): JsonRecord {
  return { model, created_at: new Date().toISOString() };
}

function messageOf(content: string, toolCall?: Reply['toolCall']): JsonRecord {
  const called = toolCall && { name: toolCall.name, arguments: JSON.parse(toolCall.arguments) as unknown };
  return { role: 'assistant', content, ...(called && { tool_calls: [{ function: called }] }) };
}

/** What the last line says of the whole. */
function statisticsOf(request: ChatRequest, reply: Reply, { steering }: AnswerContext): JsonRecord {
  const counts = reportUsage(steering.usage, {
    prompt_eval_count: request.promptTokens,
    eval_count: reply.completionTokens,
  });
  const reason = reply.finish === 'length' ? 'length' : 'stop';
  return { done_reason: reason, done: true, ...DURATIONS, ...counts };
}

function* frames(request: ChatRequest, reply: Reply, context: AnswerContext): Iterable<string> {
  const { steering } = context;
  const head = headOf(request);
  const { text, toolCall } = reply;
  if (toolCall) yield line({ ...head, message: messageOf('', toolCall), done: false });
  for (const piece of sliceText(text, steering.chunkCharacters)) {
    yield line({ ...head, message: messageOf(piece), done: false });
  }
  if (steering.body === 'half') return;
  yield line({ ...head, message: messageOf(''), ...statisticsOf(request, reply, context) });
}

/** Answers `POST /api/chat`. @throws Refusal */
export function answerChat(body: JsonRecord, context: AnswerContext): Answer {
  const request = readChatRequest(body);
  if (request.isEmpty) {
    return { kind: 'json', body: { ...headOf(request), message: messageOf(''), done_reason: 'load', done: true } };
  }
  const reply = composeReply(request, context.steering);
  if (!request.stream) {
    const message = messageOf(reply.text, reply.toolCall);
    return { kind: 'json', body: { ...headOf(request), message, ...statisticsOf(request, reply, context) } };
  }
  return {
    kind: 'events',
    contentType: JSON_LINES,
    frames: frames(request, reply, context),
    failure: line({ error: 'an error was encountered while running the model' }),
  };
}
