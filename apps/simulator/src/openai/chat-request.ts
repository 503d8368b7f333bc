import { ANY_OBJECT, type Conversation, type Tool, TOKENS_PER_IMAGE } from '../content/conversation.js';
import { tokensOfBytes } from '../content/count-tokens.js';
import { isRecord, type JsonRecord } from '../content/record.js';
import { invalid, missing, readModel, readWhole } from './read-fields.js';

/** A chat completion's body, as far as the simulator acts on it. */
export interface ChatRequest extends Conversation {
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

interface Turn {
  readonly role: string;
  readonly text: string;
  readonly images: number;
}

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'];
const MOST_TOKENS = 10_000_000;

function readContent(content: unknown, at: string): { text: string; images: number } {
  if (typeof content === 'string') return { text: content, images: 0 };
  if (content === null || content === undefined) return { text: '', images: 0 };
  if (!Array.isArray(content)) return invalid(at, 'a string or an array of parts');
  const texts: string[] = [];
  let images = 0;
  for (const part of content as readonly unknown[]) {
    if (!isRecord(part)) return invalid(at, 'an array of objects');
    if (typeof part['text'] === 'string') texts.push(part['text']);
    if (part['type'] === 'image_url') images += 1;
  }
  return { text: texts.join('\n'), images };
}

function readTurns(body: JsonRecord): readonly Turn[] {
  const messages = body['messages'];
  if (messages === undefined) missing('messages');
  if (!Array.isArray(messages) || messages.length === 0) return invalid('messages', 'an array of at least one message');
  return (messages as readonly unknown[]).map((message, index) => {
    const at = `messages[${index}]`;
    if (!isRecord(message)) return invalid(at, 'an object');
    const role = message['role'];
    if (typeof role !== 'string' || !ROLES.includes(role)) return invalid(`${at}.role`, `one of ${ROLES.join(', ')}`);
    const { text, images } = readContent(message['content'], `${at}.content`);
    const calls = message['tool_calls'] === undefined ? '' : JSON.stringify(message['tool_calls']);
    return { role, text: text + calls, images };
  });
}

function readTools(body: JsonRecord): readonly Tool[] {
  const tools = body['tools'] ?? [];
  if (!Array.isArray(tools)) return invalid('tools', 'an array');
  return (tools as readonly unknown[]).map((tool, index) => {
    const definition = isRecord(tool) ? tool['function'] : undefined;
    if (!isRecord(definition) || typeof definition['name'] !== 'string') {
      return missing(`tools[${index}].function.name`);
    }
    return { name: definition['name'], parameters: definition['parameters'] ?? { type: 'object' } };
  });
}

function readToolChoice(body: JsonRecord, tools: readonly Tool[]): ChatRequest['toolChoice'] {
  const choice = body['tool_choice'] ?? 'auto';
  if (choice === 'auto' || choice === 'none') return choice;
  if (choice === 'required' && tools.length > 0) return choice;
  const definition = isRecord(choice) ? choice['function'] : undefined;
  const name = isRecord(definition) ? definition['name'] : undefined;
  if (typeof name === 'string' && tools.some((tool) => tool.name === name)) return { name };
  return invalid('tool_choice', 'auto, none, or a choice among the tools that are given');
}

function readSchema(body: JsonRecord): unknown {
  const format = body['response_format'];
  if (format === undefined || format === null) return undefined;
  if (!isRecord(format)) return invalid('response_format', 'an object');
  switch (format['type']) {
    case 'text':
      return undefined;
    case 'json_object':
      return ANY_OBJECT;
    case 'json_schema': {
      const wrapped = format['json_schema'];
      return (isRecord(wrapped) ? wrapped['schema'] : undefined) ?? missing('response_format.json_schema.schema');
    }
    default:
      return invalid('response_format.type', 'text, json_object or json_schema');
  }
}

function readStop(body: JsonRecord): readonly string[] {
  const stop = body['stop'] ?? [];
  const list: readonly unknown[] = Array.isArray(stop) ? stop : [stop];
  return list.map((one) => (typeof one === 'string' ? one : invalid('stop', 'a string or an array of strings')));
}

/** Reads the body of `POST /v1/chat/completions`. @throws Refusal as OpenAI words it. */
export function readChatRequest(body: JsonRecord): ChatRequest {
  const model = readModel(body);
  const turns = readTurns(body);
  const tools = readTools(body);
  if ((body['n'] ?? 1) !== 1) invalid('n', '1, the only number of choices that the simulator gives');
  const toolText = tools.length > 0 ? JSON.stringify(body['tools']) : '';
  const conversation = turns.map(({ role, text }) => `${role}: ${text}`).join('\n');
  const bytes = turns.reduce((sum, { text }) => sum + Buffer.byteLength(text), Buffer.byteLength(toolText));
  const images = turns.reduce((sum, turn) => sum + turn.images, 0);
  const last = turns.at(-1);
  const options = body['stream_options'];
  return {
    model,
    conversation,
    question: turns.findLast(({ role }) => role === 'user')?.text ?? last?.text ?? '',
    toolResult: last?.role === 'tool' || last?.role === 'function' ? last.text : undefined,
    promptTokens: Math.max(1, tokensOfBytes(bytes) + images * TOKENS_PER_IMAGE),
    maxTokens:
      readWhole(body, 'max_completion_tokens', 1, MOST_TOKENS) ?? readWhole(body, 'max_tokens', 1, MOST_TOKENS),
    stop: readStop(body),
    stream: body['stream'] === true,
    includeUsage: isRecord(options) && options['include_usage'] === true,
    tools,
    toolChoice: readToolChoice(body, tools),
    schema: readSchema(body),
  };
}
