import { type Content, type Part } from '@google/genai/web';
import { type Message, ProviderError, type ToolCall } from '@switchyard/contract';
import { isObject, parseJson, textOf } from '@switchyard/provider-kit';
import { toPart } from './parts.js';

/**
 * What Google documents for calls of tools whose signature is not known, such as those of another vendor's model; without
 * any, Gemini 3 and later refuse the conversation.
 */
const NO_SIGNATURE = 'skip_thought_signature_validator';
const ASKS_FOR_SIGNATURES = /(?:^|\/)gemini-(?:[3-9]|\d{2,})/;

/** A conversation in Gemini's words. */
export interface Conversation {
  readonly contents: Content[];
  /** Whether calls of tools stand in it without the signature that the model asks for. */
  readonly lacksSignatures: boolean;
}

/**
 * Turns of user, assistant and tools as contents of the roles `user` and `model`. Turns that follow each other in one
 * role become one, as Gemini takes turns; answers of tools are put in the order of the calls that they answer.
 */
export function toContents(turns: readonly Message[], model: string): Conversation {
  const contents: Content[] = [];
  const signing = { isAsked: ASKS_FOR_SIGNATURES.test(model), isLacking: false };
  let calls: readonly ToolCall[] = [];
  for (let index = 0; index < turns.length; index += 1) {
    const turn = turns[index];
    switch (turn?.role) {
      case undefined:
      case 'system':
        break;
      case 'user':
        append(contents, 'user', toUserParts(turn.content));
        break;
      case 'assistant':
        calls = turn.toolCalls ?? [];
        append(contents, 'model', toModelParts(turn, signing));
        break;
      case 'tool': {
        const answers = answersFrom(turns, index);
        contents.push({ role: 'user', parts: toResponses(answers, calls) });
        index += answers.length - 1;
        break;
      }
    }
  }
  return { contents, lacksSignatures: signing.isLacking };
}

/** Adds to the last content where that is of the same role, and no answer of a tool, which must stand for itself. */
function append(contents: Content[], role: 'user' | 'model', parts: readonly Part[]): void {
  const last = contents.at(-1);
  if (last?.role === role && last.parts && !last.parts.some(({ functionResponse }) => functionResponse)) {
    last.parts.push(...parts);
  } else if (parts.length > 0) {
    contents.push({ role, parts: [...parts] });
  }
}

function toUserParts(content: Message['content']): readonly Part[] {
  return typeof content === 'string' ? [{ text: content }] : (content ?? []).map(toPart);
}

function toModelParts(
  { content, toolCalls = [] }: Message,
  signing: { readonly isAsked: boolean; isLacking: boolean },
): readonly Part[] {
  const text = textOf(content);
  const parts: Part[] = text === '' ? [] : [{ text }];
  for (const [index, call] of toolCalls.entries()) {
    // Of calls that were made together only the first is signed.
    const isLacking = signing.isAsked && index === 0 && call.signature === undefined;
    signing.isLacking ||= isLacking;
    const thoughtSignature = isLacking ? NO_SIGNATURE : call.signature;
    parts.push({
      functionCall: { name: call.name, args: toArguments(call) },
      ...(thoughtSignature !== undefined && { thoughtSignature }),
    });
  }
  return parts;
}

function toArguments({ name, arguments: text }: ToolCall): Record<string, unknown> {
  const value = text.trim() === '' ? {} : parseJson(text);
  if (isObject(value)) return value;
  throw new ProviderError('invalid_request', `The arguments of a call of ${name} must be a JSON object.`, {
    reachedVendor: false,
  });
}

/** The answers of tools that follow each other from there on. */
function answersFrom(turns: readonly Message[], start: number): readonly Message[] {
  const end = turns.findIndex(({ role }, index) => index > start && role !== 'tool');
  return turns.slice(start, end < 0 ? undefined : end);
}

/** Gemini knows answers by the names of their tools, and those of one name by their order. */
function toResponses(answers: readonly Message[], calls: readonly ToolCall[]): Part[] {
  const placeOf = ({ toolCallId }: Message) => {
    const place = calls.findIndex(({ id }) => id === toolCallId);
    return place < 0 ? calls.length : place;
  };
  return answers
    .toSorted((one, other) => placeOf(one) - placeOf(other))
    .map((answer) => {
      const name = calls[placeOf(answer)]?.name;
      if (name === undefined) {
        throw new ProviderError(
          'invalid_request',
          `A message of the role tool answers "${answer.toolCallId ?? ''}", which no call right before it has as its id.`,
          { reachedVendor: false },
        );
      }
      return { functionResponse: { name, response: toResponse(textOf(answer.content)) } };
    });
}

function toResponse(text: string): Record<string, unknown> {
  const value = parseJson(text);
  return isObject(value) ? value : { output: value ?? text };
}
