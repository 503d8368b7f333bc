import { TOKENS_PER_IMAGE } from '../content/conversation.js';
import { isRecord, type JsonRecord } from '../content/record.js';
import { digestOf } from '../content/seed.js';
import { Refusal } from '../refusal.js';
import { invalid } from './gemini-dialect.js';

/** What stands in a content, as far as the simulator acts on it. */
interface Parts {
  readonly text: string;
  /** What tools answered in it, each as text. */
  readonly toolResults: readonly string[];
  readonly toolCalls: number;
  /** Of what is no text, in tokens. */
  readonly mediaTokens: number;
}

interface Turn extends Parts {
  readonly role: 'user' | 'model';
}

const PART_FIELDS = ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse'] as const;
const ASKS_FOR_SIGNATURES = /^gemini-(?:[3-9]|\d{2,})/;
/** What Google documents for calls that its models did not make. */
const NO_SIGNATURE = 'skip_thought_signature_validator';

/** What the simulated model seals its thoughts with; it knows its own again. */
export function signatureOf(toolName: string): string {
  return digestOf('signature', toolName).toString('base64');
}

/** Reads a list of `Content`. @param model Gemini 3 and later want signatures. @throws Refusal as Google words it. */
export function readContents(contents: unknown, model: string): readonly Turn[] {
  if (!Array.isArray(contents) || contents.length === 0) invalid('contents', 'at least one content is required');
  const turns = (contents as readonly unknown[]).map((content, index) =>
    readTurn(content, `contents[${index}]`, model),
  );
  for (const [index, turn] of turns.entries()) {
    if (turn.toolResults.length > 0 && turns[index - 1]?.toolCalls !== turn.toolResults.length) {
      throw new Refusal(
        400,
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      );
    }
  }
  return turns;
}

function readTurn(content: unknown, at: string, model: string): Turn {
  const role = isRecord(content) ? (content['role'] ?? 'user') : undefined;
  if (role !== 'user' && role !== 'model') throw new Refusal(400, 'Please use a valid role: user, model.');
  return { role, ...readParts(content, at, model) };
}

/** Reads what stands in one `Content`, whoever says it. @throws Refusal */
export function readParts(content: unknown, at: string, model: string): Parts {
  if (!isRecord(content)) return invalid(at, 'a content is an object');
  const { parts } = content;
  if (!Array.isArray(parts) || parts.length === 0) return invalid(`${at}.parts`, 'at least one part is required');
  const read = (parts as readonly unknown[]).map((part, index) => readPart(part, `${at}.parts[${index}]`));
  const calls = read.filter(({ functionCall }) => functionCall !== undefined);
  if (ASKS_FOR_SIGNATURES.test(model) && calls[0]) expectSignature(calls[0]);
  return {
    text: read.flatMap(textOfPart).join('\n'),
    toolResults: read.flatMap(({ functionResponse }) =>
      isRecord(functionResponse) ? [resultOf(functionResponse)] : [],
    ),
    toolCalls: calls.length,
    mediaTokens: read.filter(({ inlineData, fileData }) => inlineData ?? fileData).length * TOKENS_PER_IMAGE,
  };
}

function readPart(part: unknown, at: string): JsonRecord {
  if (!isRecord(part)) return invalid(at, 'a part is an object');
  if (PART_FIELDS.filter((field) => part[field] !== undefined).length !== 1) {
    return invalid(at, `a part has exactly one of ${PART_FIELDS.join(', ')}`);
  }
  for (const field of ['inlineData', 'fileData']) {
    const media = part[field];
    if (media !== undefined && !(isRecord(media) && typeof media['mimeType'] === 'string')) {
      return invalid(`${at}.${field}.mimeType`, 'a mimeType is required');
    }
  }
  for (const field of ['functionCall', 'functionResponse']) {
    const call = part[field];
    if (call !== undefined && !(isRecord(call) && typeof call['name'] === 'string')) {
      return invalid(`${at}.${field}.name`, 'a name is required');
    }
  }
  return part;
}

function textOfPart({ text, functionCall }: JsonRecord): readonly string[] {
  if (functionCall !== undefined) return [JSON.stringify(functionCall)];
  return typeof text === 'string' ? [text] : [];
}

function resultOf({ response }: JsonRecord): string {
  if (!isRecord(response)) return '';
  const { output } = response;
  return typeof output === 'string' ? output : JSON.stringify(response);
}

function expectSignature({ functionCall, thoughtSignature }: JsonRecord): void {
  const name = isRecord(functionCall) && typeof functionCall['name'] === 'string' ? functionCall['name'] : '';
  if (thoughtSignature === signatureOf(name) || thoughtSignature === NO_SIGNATURE) return;
  throw new Refusal(
    400,
    thoughtSignature === undefined
      ? `Function call is missing a thought_signature in functionCall parts: \`${name}\`.`
      : 'Corrupted thought signature.',
  );
}
