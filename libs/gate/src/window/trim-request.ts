import type { ContentPart, Message, ModelRequest } from '@switchyard/contract';
import type { Weigher } from '@switchyard/registry';
import { trimText, type TrimMode } from './trim-text.js';

/** What lost words, and how many tokens went with them. */
interface Trimmed<Value> {
  readonly value: Value;
  readonly removedTokens: number;
}

/** What the longer texts are left at the least, in tokens, before a shorter one may keep all of its own. */
const LEAST_ROOM = 16;

/**
 * Shortens a conversation until its texts fit the room: first, for `trim_start`, its oldest turns go, whole but for the
 * last one that had to; then the longest text loses words, and the next longest only where that is not enough. What is
 * the system's or a tool's definition stays, and so does the newest turn.
 * @returns undefined where that cannot be done and leave a word of every text
 */
export async function trimConversation(
  request: ModelRequest,
  room: number,
  mode: TrimMode,
  weigher: Weigher,
): Promise<Trimmed<ModelRequest> | undefined> {
  if (room < 0) return undefined;
  const recent = mode === 'trim_start' ? await dropOldTurns(request, room, weigher) : undefined;
  const kept = recent?.value ?? request;
  const texts = await trimTexts(textsOf(kept), room, mode, weigher);
  if (!texts) return undefined;
  return {
    value: withTexts(kept, texts.value),
    removedTokens: Math.round((recent?.removedTokens ?? 0) + texts.removedTokens),
  };
}

/** Shortens each input by itself. @returns undefined where one would be left without a word */
export async function trimInputs(
  input: string | readonly string[],
  room: number,
  mode: TrimMode,
  weigher: Weigher,
): Promise<Trimmed<string | readonly string[]> | undefined> {
  const inputs: string[] = [];
  let removedTokens = 0;
  for (const text of typeof input === 'string' ? [input] : input) {
    const trimmed = await trimTexts([text], room, mode, weigher);
    if (!trimmed) return undefined;
    inputs.push(...trimmed.value);
    removedTokens += trimmed.removedTokens;
  }
  return { value: typeof input === 'string' ? (inputs[0] ?? '') : inputs, removedTokens: Math.round(removedTokens) };
}

/** The texts that may lose words, in their order: what the user, the assistant and tools said, and context in words. */
export function textsOf({ context, prompt, messages = [] }: ModelRequest): readonly string[] {
  return [
    ...(typeof context === 'string' ? [context] : []),
    ...(prompt === undefined ? [] : [prompt]),
    ...messages.flatMap(textsOfMessage),
  ];
}

/** The same request with other texts in the place of those. */
export function withTexts(request: ModelRequest, texts: readonly string[]): ModelRequest {
  const left = [...texts];
  const next = (): string => left.shift() ?? '';
  const { context, prompt, messages } = request;
  return {
    ...request,
    ...(typeof context === 'string' ? { context: next() } : {}),
    ...(prompt === undefined ? {} : { prompt: next() }),
    ...(messages === undefined ? {} : { messages: messages.map((message) => replaceTexts(message, next)) }),
  };
}

function textsOfMessage({ role, content }: Message): readonly string[] {
  if (role === 'system' || content === null) return [];
  return typeof content === 'string' ? [content] : content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
}

function replaceTexts(message: Message, next: () => string): Message {
  const { role, content } = message;
  if (role === 'system' || content === null) return message;
  if (typeof content === 'string') return { ...message, content: next() };
  return {
    ...message,
    content: content.map((part): ContentPart => (part.type === 'text' ? { ...part, text: next() } : part)),
  };
}

/**
 * Gives the shorter texts the room that they need, and the longest what is left.
 * @returns undefined where one that has words would be left without
 */
async function trimTexts(
  texts: readonly string[],
  room: number,
  mode: TrimMode,
  weigher: Weigher,
): Promise<Trimmed<readonly string[]> | undefined> {
  const value = [...texts];
  let [left, removedTokens] = [room, 0];
  const shortestFirst = texts.map((text, index) => ({ text, index })).toSorted((a, b) => a.text.length - b.text.length);
  for (const [position, { text, index }] of shortestFirst.entries()) {
    if (text.trim() === '') continue;
    const longer = shortestFirst.length - position - 1;
    const own = left - longer * Math.min(LEAST_ROOM, left / (longer + 1));
    const weight = await weigher.weigh(text, own);
    if (weight <= own) {
      left -= weight;
      continue;
    }
    const trimmed = await trimText(text, own, mode, weigher);
    if (trimmed === '') return undefined;
    const kept = await weigher.weigh(trimmed);
    value[index] = trimmed;
    left -= kept;
    removedTokens += (await weighWhole(text, kept / trimmed.length, weigher)) - kept;
  }
  return { value, removedTokens };
}

/** Longer texts are not weighed for a figure's sake. */
const LONGEST_WEIGHED = 1_000_000;

async function weighWhole(text: string, tokensPerCharacter: number, weigher: Weigher): Promise<number> {
  return text.length > LONGEST_WEIGHED ? text.length * tokensPerCharacter : await weigher.weigh(text);
}

/** A turn is what the user says and all that follows up to the next time. The system's messages belong to none. */
type Turn = readonly Message[];

/** Leaves out the oldest turns that there is no room for; the last of those keeps what fits of what its user said. */
async function dropOldTurns(
  request: ModelRequest,
  room: number,
  weigher: Weigher,
): Promise<Trimmed<ModelRequest> | undefined> {
  const { messages = [], context } = request;
  const [newest = [], ...older] = turnsOf(messages).toReversed();
  const asked = typeof context === 'string' ? [context] : [];
  let left = room - (await weighAll([...asked, ...newest.flatMap(textsOfMessage)], room, weigher));
  const kept = new Map<Message, Message>(newest.map((message) => [message, message]));
  for (const turn of older) {
    const weight = await weighAll(turn.flatMap(textsOfMessage), left, weigher);
    const shortened = weight <= left ? turn : await shortenTurn(turn, left, weigher);
    shortened.forEach((message, index) => kept.set(turn[index] ?? message, message));
    left -= weight;
    if (shortened !== turn) break;
  }
  const remaining = messages.flatMap((message) => (message.role === 'system' ? message : (kept.get(message) ?? [])));
  if (remaining.every((message, index) => message === messages[index]) && remaining.length === messages.length) {
    return undefined;
  }
  const [before, after] = [messages, remaining].map((list) => list.flatMap(textsOfMessage).join(' '));
  const removedTokens =
    (await weighWhole(before ?? '', 1 / 4, weigher)) - (await weighWhole(after ?? '', 1 / 4, weigher));
  return { value: { ...request, messages: remaining }, removedTokens };
}

/** @returns an empty turn where what the user said cannot make enough room */
async function shortenTurn([first, ...rest]: Turn, room: number, weigher: Weigher): Promise<Turn> {
  if (typeof first?.content !== 'string') return [];
  const others = await weighAll(rest.flatMap(textsOfMessage), room, weigher);
  const content = await trimText(first.content, room - others, 'trim_start', weigher);
  return content === '' ? [] : [{ ...first, content }, ...rest];
}

function turnsOf(messages: readonly Message[]): readonly Turn[] {
  const turns: Message[][] = [];
  for (const message of messages) {
    if (message.role === 'system') continue;
    const current = turns.at(-1);
    if (current && message.role !== 'user') current.push(message);
    else turns.push([message]);
  }
  return turns;
}

/** @param limit No more is weighed once it is passed. */
async function weighAll(texts: readonly string[], limit: number, weigher: Weigher): Promise<number> {
  let weight = 0;
  for (const text of texts) {
    if (weight > limit) break;
    weight += await weigher.weigh(text, limit - weight);
  }
  return weight;
}
