import fc from 'fast-check';
import { openTokenCounter, Weigher, type TokenCounter } from '@switchyard/registry';
import { TRIM_MODES, trimText } from './trim-text.js';
import { isSpace } from './words.js';

const word = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  fc.stringMatching(/^[a-z]{1,90}$/),
  fc.constantFrom('日本語の文章は空白なしで続きますので意味で切ります。'.repeat(4), '👩‍👩‍👧‍👦👍🏽', 'naïve', '12345', '…'),
);
const space = fc.constantFrom(' ', '  ', '\n', '\n\n', '\t', '\u00a0', '');
const text = fc
  .array(fc.tuple(word, space), { maxLength: 80 })
  .map((pairs) => pairs.map(([one, after]) => one + after).join(''));

/** Counts as the simulator does. */
const BYTES: TokenCounter = { exact: true, weigh: (given) => Buffer.byteLength(given) / 4 };
/** Tokens by which words weigh more apart than together, at the most. */
const SEAMS = 3;
let o200k: TokenCounter;
beforeAll(async () => {
  o200k = await openTokenCounter({ providerKind: 'openai', providerModel: 'gpt-4o' });
});

function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const character of part) {
    at = whole.indexOf(character, at);
    if (at < 0) return false;
    at += character.length;
  }
  return true;
}

/** Whether a text is cut between two words there: beside white space, or where its language knows a boundary. */
function isBetweenWords(whole: string, at: number): boolean {
  if (at <= 0 || at >= whole.length || isSpace(whole, at) || isSpace(whole, at - 1)) return true;
  const start = whole.slice(0, at).search(/\S+$/u);
  const run = /^\S+/u.exec(whole.slice(start))?.[0] ?? '';
  const pieces = new Intl.Segmenter(undefined, { granularity: 'word' }).segment(run);
  return run.length > 64 && pieces.containing(at - start)?.index === at - start;
}

describe.each([
  ['bytes', () => BYTES],
  ['OpenAI’s encoding', () => o200k],
] as const)('a text that is trimmed, weighed by %s', (_, counter) => {
  const trim = (...[given, room, mode]: readonly [string, number, (typeof TRIM_MODES)[number]]): Promise<string> =>
    trimText(given, room, mode, new Weigher(counter()));

  it('fits, is a part of what was there between words, and no character is halved', async () => {
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.double({ min: 0, max: 120, noNaN: true }),
        fc.constantFrom(...TRIM_MODES),
        async (given, room, mode) => {
          const trimmed = await trim(given, room, mode);
          expect(counter().weigh(trimmed)).toBeLessThanOrEqual(room);
          expect(isSubsequence(trimmed, given)).toBe(true);
          expect(trimmed.isWellFormed()).toBe(given.isWellFormed() || trimmed.isWellFormed());
          if (mode === 'trim_end') {
            expect(given.startsWith(trimmed)).toBe(true);
            expect(isBetweenWords(given, trimmed.length)).toBe(true);
          }
          if (mode === 'trim_start') {
            expect(given.endsWith(trimmed)).toBe(true);
            expect(isBetweenWords(given, given.length - trimmed.length)).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps all that fits: one more word would be too much', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 400 }),
        fc.constantFrom('trim_end', 'trim_start'),
        async (room, mode) => {
          const words = Array.from({ length: 900 }, (_each, index) => `word${index}`);
          const trimmed = await trim(words.join(' '), room, mode);
          const kept = trimmed === '' ? 0 : trimmed.split(' ').length;
          const more = mode === 'trim_end' ? words.slice(0, kept + 1) : words.slice(-kept - 1);
          if (kept < words.length) expect(counter().weigh(more.join(' '))).toBeGreaterThan(room - SEAMS);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a text that is trimmed', () => {
  const given = 'one two three four five six seven eight nine ten';
  const trim = (mode: (typeof TRIM_MODES)[number], room = 5): Promise<string> =>
    trimText(given, room, mode, new Weigher(BYTES));

  it('keeps its beginning, its end, or both', async () => {
    expect(await trim('trim_end')).toBe('one two three four');
    expect(await trim('trim_start')).toBe('seven eight nine ten');
    expect(await trim('trim_middle')).toBe('one two nine ten');
    expect(await trim('trim_end', 100)).toBe(given);
    expect(await trim('trim_start', 100)).toBe(given);
  });

  it('is empty where not one word fits', async () => {
    for (const mode of TRIM_MODES) expect(await trim(mode, 0.5)).toBe('');
  });

  it('is cut by meaning where its language knows no spaces', async () => {
    const japanese = '東京都に住んでいます。'.repeat(20);
    const trimmed = await trimText(japanese, 10, 'trim_end', new Weigher(BYTES));
    expect([trimmed.length > 8, japanese.startsWith(trimmed), isBetweenWords(japanese, trimmed.length)]).toEqual([
      true,
      true,
      true,
    ]);
  });
});
