import { type Conversation, type Tool, TOKENS_PER_IMAGE } from '../content/conversation.js';
import { tokensOfBytes } from '../content/count-tokens.js';
import { isRecord, type JsonRecord } from '../content/record.js';
import { schemaInWords } from '../content/schema-in-words.js';
import { refuse } from './anthropic-dialect.js';
import { readContent, type ReadContent } from './read-content.js';

/** The body of a request for a message, as far as the simulator acts on it. */
export interface MessagesRequest extends Conversation {
  readonly stream: boolean;
  readonly thinks: boolean;
}

interface Turn extends ReadContent {
  readonly role: string;
}

/** How a request names the version of the API that it is written for, and its model. */
export interface Address {
  /** The header's, or on Vertex the body's. */
  readonly version: string | undefined;
  /** Where the path names it. */
  readonly model?: string;
}

/** From this version on nothing is said of how tokens are sampled. */
const WITHOUT_SAMPLING = '2026-10-21';
const SAMPLING = ['temperature', 'top_p', 'top_k'];
const MOST_TOKENS = 10_000_000;

/** Reads the body of `POST /v1/messages`. @throws Refusal as Anthropic words it. */
export function readMessagesRequest(body: JsonRecord, address: Address): MessagesRequest {
  const maxTokens = body['max_tokens'];
  if (maxTokens === undefined) refuse('max_tokens', 'Field required');
  if (!isCount(maxTokens)) return refuse('max_tokens', 'Input should be a whole number from 1');
  return { ...readPrompt(body, address), maxTokens, stop: readStop(body), stream: body['stream'] === true };
}

/** Reads what is in a request besides how it is to be answered: all that is counted. @throws Refusal */
export function readPrompt(body: JsonRecord, { version, model: named }: Address): MessagesRequest {
  if (version === undefined) refuse('anthropic-version', 'header is required');
  const extra = SAMPLING.find((field) => body[field] !== undefined);
  if (version === WITHOUT_SAMPLING && extra !== undefined) refuse(extra, 'Extra inputs are not permitted');
  const model = named ?? body['model'];
  if (typeof model !== 'string' || model === '') return refuse('model', 'Field required');
  const system = readContent(body['system'] ?? '', 'system').text;
  const turns = readTurns(body);
  const tools = readTools(body);
  const toolText = tools.length > 0 ? JSON.stringify(body['tools']) : '';
  const texts = [system, toolText, ...turns.map(({ text, toolResult = '' }) => text + toolResult)];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const images = turns.reduce((sum, turn) => sum + turn.images, 0);
  const last = turns.at(-1);
  const asked = turns.findLast(({ role, text }) => role === 'user' && text !== '');
  return {
    model,
    conversation: [
      `system: ${system}`,
      ...turns.map(({ role, text, toolResult = '' }) => `${role}: ${text}${toolResult}`),
    ].join('\n'),
    question: asked?.text ?? '',
    toolResult: last?.text === '' ? last.toolResult : undefined,
    promptTokens: Math.max(1, tokensOfBytes(bytes) + images * TOKENS_PER_IMAGE),
    maxTokens: undefined,
    stop: [],
    stream: false,
    thinks: readThinks(body),
    tools,
    toolChoice: readToolChoice(body, tools),
    schema: readSchema(body) ?? schemaInWords(system),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_TOKENS;
}

function readTurns(body: JsonRecord): readonly Turn[] {
  const messages = body['messages'];
  if (messages === undefined) refuse('messages', 'Field required');
  if (!Array.isArray(messages) || messages.length === 0) return refuse('messages', 'at least one message is required');
  return (messages as readonly unknown[]).map((message, index) => {
    const at = `messages.${index}`;
    if (!isRecord(message)) return refuse(at, 'Input should be an object');
    const { role, content } = message;
    if (role !== 'user' && role !== 'assistant') return refuse(`${at}.role`, "Input should be 'user' or 'assistant'");
    if (content === undefined) refuse(`${at}.content`, 'Field required');
    return { role, ...readContent(content, `${at}.content`) };
  });
}

function readTools(body: JsonRecord): readonly Tool[] {
  const tools = body['tools'] ?? [];
  if (!Array.isArray(tools)) return refuse('tools', 'Input should be a list');
  return (tools as readonly unknown[]).map((tool, index) => {
    const at = `tools.${index}`;
    if (!isRecord(tool) || typeof tool['name'] !== 'string') return refuse(`${at}.name`, 'Field required');
    const schema = tool['input_schema'];
    if (!isRecord(schema) || schema['type'] !== 'object')
      return refuse(`${at}.input_schema.type`, "Input should be 'object'");
    return { name: tool['name'], parameters: schema };
  });
}

function readToolChoice(body: JsonRecord, tools: readonly Tool[]): Conversation['toolChoice'] {
  const choice = body['tool_choice'];
  if (choice === undefined || choice === null) return 'auto';
  if (tools.length === 0) return refuse('tool_choice', 'may only be specified while providing tools');
  const { type, name } = isRecord(choice) ? choice : {};
  if (type === 'auto' || type === 'none') return type;
  if (type === 'any') return 'required';
  if (type === 'tool' && typeof name === 'string' && tools.some((tool) => tool.name === name)) return { name };
  return refuse('tool_choice', 'Input should be auto, any, none, or one of the tools');
}

function readStop(body: JsonRecord): readonly string[] {
  const stop = body['stop_sequences'] ?? [];
  if (!Array.isArray(stop)) return refuse('stop_sequences', 'Input should be a list');
  return (stop as readonly unknown[]).map((one) => {
    if (typeof one === 'string' && one.trim() !== '') return one;
    return refuse('stop_sequences', 'each stop sequence must contain non-whitespace');
  });
}

function readThinks(body: JsonRecord): boolean {
  const thinking = body['thinking'];
  return isRecord(thinking) && (thinking['type'] === 'enabled' || thinking['type'] === 'adaptive');
}

function readSchema(body: JsonRecord): unknown {
  const config = body['output_config'];
  const format = isRecord(config) ? config['format'] : undefined;
  if (format === undefined || format === null) return undefined;
  if (isRecord(format) && format['type'] === 'json_schema' && isRecord(format['schema'])) return format['schema'];
  return refuse('output_config.format', 'Input should be a json_schema');
}
