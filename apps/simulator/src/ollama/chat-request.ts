import { ANY_OBJECT, type Conversation, type Tool, TOKENS_PER_IMAGE } from '../content/conversation.js';
import { tokensOfBytes } from '../content/count-tokens.js';
import { isRecord, type JsonRecord } from '../content/record.js';
import { Refusal } from '../refusal.js';

/** A chat's body, as far as the simulator acts on it. */
export interface ChatRequest extends Conversation {
  /** Unless it says otherwise. */
  readonly stream: boolean;
  /** Without a turn a model is only loaded. */
  readonly isEmpty: boolean;
}

interface Turn {
  readonly role: string;
  readonly text: string;
  readonly images: number;
}

const ROLES = ['system', 'user', 'assistant', 'tool'];
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

function refuse(message: string): never {
  throw new Refusal(400, message);
}

/** The name of the model, which calls about models write as `name` too. */
export function readModel(body: JsonRecord): string {
  const model = body['model'] ?? body['name'];
  return typeof model === 'string' && model !== '' ? model : refuse('model is required');
}

function readImages(images: unknown): number {
  if (images === undefined || images === null) return 0;
  if (!Array.isArray(images)) return refuse('json: cannot unmarshal into Go struct field Message.messages.images');
  const isData = (image: unknown): boolean => typeof image === 'string' && BASE64.test(image);
  return images.every(isData) ? images.length : refuse('illegal base64 data at input byte 0');
}

function readTurns({ messages = [] }: JsonRecord): readonly Turn[] {
  if (!Array.isArray(messages)) return refuse('json: cannot unmarshal into Go struct field ChatRequest.messages');
  return (messages as readonly unknown[]).map((message) => {
    if (!isRecord(message) || typeof message['role'] !== 'string' || !ROLES.includes(message['role'])) {
      return refuse(`invalid role, must be one of ${ROLES.join(', ')}`);
    }
    const { role, content = '', tool_calls: calls, images } = message;
    if (typeof content !== 'string') return refuse('json: cannot unmarshal into Go struct field Message.content');
    return { role, text: content + (calls === undefined ? '' : JSON.stringify(calls)), images: readImages(images) };
  });
}

function readTools({ tools = [] }: JsonRecord): readonly Tool[] {
  if (!Array.isArray(tools)) return refuse('json: cannot unmarshal into Go struct field ChatRequest.tools');
  return (tools as readonly unknown[]).map((tool) => {
    const definition = isRecord(tool) ? tool['function'] : undefined;
    if (!isRecord(definition) || typeof definition['name'] !== 'string') return refuse('a tool needs a function.name');
    return { name: definition['name'], parameters: definition['parameters'] ?? { type: 'object' } };
  });
}

function readSchema({ format }: JsonRecord): unknown {
  if (format === undefined || format === null || format === '') return undefined;
  if (format === 'json') return ANY_OBJECT;
  return isRecord(format) ? format : refuse('invalid format: must be "json" or a JSON schema');
}

function readStop(stop: unknown): readonly string[] {
  const isTexts = Array.isArray(stop) && stop.every((one) => typeof one === 'string');
  return stop === undefined ? [] : isTexts ? stop : refuse('option "stop" must be of type array');
}

/** Reads the body of `POST /api/chat`. @throws Refusal as Ollama words it. */
export function readChatRequest(body: JsonRecord): ChatRequest {
  const turns = readTurns(body);
  const tools = readTools(body);
  const options = isRecord(body['options']) ? body['options'] : {};
  const predicted = options['num_predict'];
  const toolText = tools.length > 0 ? JSON.stringify(body['tools']) : '';
  const bytes = turns.reduce((sum, { text }) => sum + Buffer.byteLength(text), Buffer.byteLength(toolText));
  const images = turns.reduce((sum, turn) => sum + turn.images, 0);
  const last = turns.at(-1);
  return {
    model: readModel(body),
    conversation: turns.map(({ role, text }) => `${role}: ${text}`).join('\n'),
    question: turns.findLast(({ role }) => role === 'user')?.text ?? last?.text ?? '',
    toolResult: last?.role === 'tool' ? last.text : undefined,
    promptTokens: Math.max(1, tokensOfBytes(bytes) + images * TOKENS_PER_IMAGE),
    // Below 0 it is without end.
    maxTokens: typeof predicted === 'number' && predicted >= 0 ? predicted : undefined,
    stop: readStop(options['stop']),
    tools,
    toolChoice: 'auto',
    schema: readSchema(body),
    stream: body['stream'] !== false,
    isEmpty: turns.length === 0,
  };
}
