import { countTokens, cutToTokens } from './count-tokens.js';
import { digestOf, pick, randomFrom, type Random } from './seed.js';

interface ComposedText {
  readonly text: string;
  readonly finish: 'stop' | 'length';
  /** Where it stopped for one of those that were given. */
  readonly stopSequence?: string;
}

interface TextOptions {
  /** What is answered to. */
  readonly prompt: string;
  /** How the answer begins. */
  readonly opening: string;
  /** Exact length; a few sentences when absent. */
  readonly tokens?: number | undefined;
  /** The answer is cut there. */
  readonly maxTokens?: number | undefined;
  /** The answer ends before the first of these. */
  readonly stop?: readonly string[];
}

const TRAINS = [
  'The night mail',
  'A freight of tokens',
  'The 7:42',
  'An empty tank train',
  'The express',
  'A lone engine',
];
const DEEDS = [
  'rolls in on',
  'waits patiently at',
  'is switched to',
  'leaves without haste from',
  'whistles twice on',
  'couples up on',
];
const PLACES = ['track 3', 'the eastern siding', 'platform 9', 'the long curve', 'the turntable', 'the hump'];
const ENDINGS = [
  'two minutes early',
  'exactly as planned',
  'with every lamp lit',
  'while the signal shows green',
  'and nobody had to hurry',
  'and the ledger balances',
];

function sentence(random: Random): string {
  return `${pick(random, TRAINS)} ${pick(random, DEEDS)} ${pick(random, PLACES)}, ${pick(random, ENDINGS)}.`;
}

/** The opening and as many sentences as it takes, cut to exactly so many tokens. */
function fill(opening: string, tokens: number, random: Random): string {
  const parts = [opening];
  for (let bytes = Buffer.byteLength(opening); bytes < tokens * 4;) {
    const next = ` ${sentence(random)}`;
    parts.push(next);
    bytes += next.length;
  }
  const text = cutToTokens(parts.join(''), tokens);
  // A full stop in the place of the last character, where that is a byte too: cut in mid-word it still reads as an end.
  return text.charCodeAt(text.length - 1) < 0x80 ? `${text.slice(0, -1)}.` : text;
}

/** The beginning of a prompt, on one line. */
export function quote(text: string, length = 90): string {
  const line = text
    .slice(0, length * 4)
    .replace(/\s+/g, ' ')
    .trim();
  if (line.length <= length) return line;
  return `${line
    .slice(0, length)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()}…`;
}

/** A text that is the same each time for the same prompt, of the length that is asked for. */
export function composeText({ prompt, opening, tokens, maxTokens, stop = [] }: TextOptions): ComposedText {
  const random = randomFrom(digestOf(prompt, opening).readUInt32LE(0));
  let text =
    tokens === undefined ? `${opening} ${sentence(random)} ${sentence(random)}` : fill(opening, tokens, random);
  let stopSequence: string | undefined;
  for (const end of stop) {
    const at = end === '' ? -1 : text.indexOf(end);
    if (at < 0) continue;
    text = text.slice(0, at);
    stopSequence = end;
  }
  if (maxTokens !== undefined && countTokens(text) > maxTokens) {
    return { text: cutToTokens(text, maxTokens), finish: 'length' };
  }
  return { text, finish: 'stop', ...(stopSequence !== undefined && { stopSequence }) };
}
