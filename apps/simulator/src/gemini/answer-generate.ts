import { composeReply, type Reply } from '../content/compose-reply.js';
import type { Conversation } from '../content/conversation.js';
import type { JsonRecord } from '../content/record.js';
import { reportUsage } from '../content/report-usage.js';
import { sliceText } from '../content/slice-text.js';
import type { Answer, Answerer, AnswerContext } from '../exchange/dialect.js';
import { Refusal } from '../refusal.js';
import { GEMINI } from './gemini-dialect.js';
import { readGenerateRequest } from './generate-request.js';
import { signatureOf } from './read-contents.js';

const FINISH_REASONS: Readonly<Record<Reply['finish'], string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
};

/** What a chunk of a stream tells of usage before its last. */
const UNCOUNTED = { trafficType: 'ON_DEMAND' };

function usageOf({ promptTokens }: Conversation, { completionTokens }: Reply, { steering }: AnswerContext): unknown {
  const counts = reportUsage(steering.usage, {
    promptTokenCount: promptTokens,
    candidatesTokenCount: completionTokens,
    totalTokenCount: promptTokens + completionTokens,
  });
  return counts && { ...counts, ...UNCOUNTED };
}

function headOf(model: string, id: string): JsonRecord {
  return { modelVersion: model, createTime: new Date().toISOString(), responseId: id };
}

function toolPart({ toolCall }: Reply): JsonRecord | undefined {
  if (!toolCall) return undefined;
  const { name, arguments: text } = toolCall;
  return { functionCall: { name, args: JSON.parse(text) as unknown }, thoughtSignature: signatureOf(name) };
}

function whole(request: Conversation, reply: Reply, context: AnswerContext): unknown {
  const content = { role: 'model', parts: [toolPart(reply) ?? { text: reply.text }] };
  return {
    candidates: [{ content, finishReason: FINISH_REASONS[reply.finish] }],
    usageMetadata: usageOf(request, reply, context),
    ...headOf(request.model, context.id),
  };
}

function* chunks(request: Conversation, reply: Reply, context: AnswerContext): Iterable<unknown> {
  const head = headOf(request.model, context.id);
  const chunk = (part: unknown, rest: JsonRecord, usageMetadata: unknown): unknown => ({
    candidates: [{ content: { role: 'model', parts: [part] }, ...rest }],
    usageMetadata,
    ...head,
  });
  const tool = toolPart(reply);
  if (tool) yield chunk(tool, {}, UNCOUNTED);
  else for (const text of sliceText(reply.text, context.steering.chunkCharacters)) yield chunk({ text }, {}, UNCOUNTED);
  if (context.steering.body === 'half') return;
  yield chunk({ text: '' }, { finishReason: FINISH_REASONS[reply.finish] }, usageOf(request, reply, context));
}

function* frames(pieces: Iterable<unknown>): Iterable<string> {
  for (const piece of pieces) yield `data: ${JSON.stringify(piece)}\r\n\r\n`;
}

/** Answers `:generateContent`. @throws Refusal */
export function answerGenerate(model: string): Answerer {
  return (body, context) => {
    const request = readGenerateRequest(body, model);
    return { kind: 'json', body: whole(request, composeReply(request, context.steering), context) };
  };
}

/** Answers `:streamGenerateContent`: with events where `alt=sse` asks for them, else with a list. @throws Refusal */
export function answerStream(model: string, isEvents: boolean): Answerer {
  return (body, context): Answer => {
    const request = readGenerateRequest(body, model);
    const pieces = chunks(request, composeReply(request, context.steering), context);
    if (!isEvents) return { kind: 'json', body: [...pieces] };
    const failure = GEMINI.errorBody(new Refusal(500, 'Internal error encountered.'));
    return { kind: 'events', frames: frames(pieces), failure: `data: ${JSON.stringify(failure)}\r\n\r\n` };
  };
}

/** Answers `:countTokens`. @throws Refusal */
export function answerCountTokens(model: string): Answerer {
  return (body) => {
    const { promptTokens, conversation } = readGenerateRequest(body, model);
    const details = [{ modality: 'TEXT', tokenCount: promptTokens }];
    const characters = conversation.replace(/\s/g, '').length;
    return {
      kind: 'json',
      body: { totalTokens: promptTokens, totalBillableCharacters: characters, promptTokensDetails: details },
    };
  };
}
