import type { Weigher } from '@switchyard/registry';
import { wordEnds, wordStarts } from './words.js';

/** Which part of a text goes where it is too long. `trim_end` keeps its first words, `trim_start` its last. */
export const TRIM_MODES = ['trim_end', 'trim_middle', 'trim_start'] as const;
export type TrimMode = (typeof TRIM_MODES)[number];

/** Words are weighed together, until the piece is found in which the last one that fits stands. */
const PIECE_LENGTH = 2_000;

/**
 * Cuts a text between words so that it weighs no more than there is room for, and keeps as much of it as fits.
 * @returns an empty text where not even one word fits
 */
export async function trimText(text: string, room: number, mode: TrimMode, weigher: Weigher): Promise<string> {
  let target = room;
  while (target >= 0) {
    const kept = await cut(text, target, mode, weigher);
    // A tokenizer may need more for the whole than for its parts, though hardly ever.
    const excess = (await weigher.weigh(kept)) - room;
    if (excess <= 0) return kept;
    target -= excess;
  }
  return '';
}

async function cut(text: string, room: number, mode: TrimMode, weigher: Weigher): Promise<string> {
  switch (mode) {
    case 'trim_end':
      return text.slice(0, await lastEnd(text, room, weigher));
    case 'trim_start':
      return await trimStart(text, room, weigher);
    case 'trim_middle':
      return await trimMiddle(text, room, weigher);
  }
}

async function trimMiddle(text: string, room: number, weigher: Weigher): Promise<string> {
  const head = text.slice(0, await lastEnd(text, room / 2, weigher));
  const rest = text.slice(head.length);
  return head + rest.slice(await firstStart(rest, room - (await weigher.weigh(head)), weigher));
}

async function trimStart(text: string, room: number, weigher: Weigher): Promise<string> {
  const start = await firstStart(text, room, weigher);
  if (start === 0) return text;
  // Without the white space before it a word may weigh less, so that one more fits, or more.
  const [earlier = start] = wordStarts(text.slice(0, start));
  let kept = text.slice(earlier).trimStart();
  while (kept !== '' && (await weigher.weigh(kept, room)) > room) {
    const [end = kept.length] = wordEnds(kept);
    kept = kept.slice(end).trimStart();
  }
  return kept;
}

/** The end of the longest beginning that there is room for. */
async function lastEnd(text: string, room: number, weigher: Weigher): Promise<number> {
  return await furthest(wordEnds(text), 0, room, (from, to) => weigher.weigh(text.slice(from, to)));
}

/** The start of the longest end that there is room for, the white space before its first word included. */
async function firstStart(text: string, room: number, weigher: Weigher): Promise<number> {
  return await furthest(wordStarts(text), text.length, room, (from, to) => weigher.weigh(text.slice(to, from)));
}

/**
 * Goes from cut to cut as far as there is room. The parts between cuts weigh at least what they weigh together.
 * @param weighPart From a cut to a later one.
 */
async function furthest(
  cuts: Iterable<number>,
  origin: number,
  room: number,
  weighPart: (from: number, to: number) => Promise<number>,
): Promise<number> {
  let [reached, weight] = [origin, 0];
  let pending: number[] = [];
  /** Takes what is pending at once, or cut by cut where that is too much. @returns false once there is no more room */
  const take = async (): Promise<boolean> => {
    const last = pending.at(-1);
    if (last === undefined) return true;
    const together = weight + (await weighPart(reached, last));
    if (together <= room) {
      [reached, weight, pending] = [last, together, []];
      return true;
    }
    for (const cut of pending) {
      const next = weight + (await weighPart(reached, cut));
      if (next > room) break;
      [reached, weight] = [cut, next];
    }
    return false;
  };
  for (const cut of cuts) {
    pending.push(cut);
    if (Math.abs(cut - reached) >= PIECE_LENGTH && !(await take())) return reached;
  }
  await take();
  return reached;
}
