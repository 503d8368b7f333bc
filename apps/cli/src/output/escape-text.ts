/** Control characters, those that turn the direction of writing, and halves of a pair. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text of others as one line that a terminal shows and does not obey. */
export function escapeText(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return NAMED[character] ?? `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The text in one line of at most `length` characters, escaped, runs of blanks as one. */
export function excerpt(text: string, length: number): string {
  const line = escapeText(text.replace(/\s+/g, ' ').trim());
  const characters = [...line];
  return characters.length <= length ? line : `${characters.slice(0, length - 1).join('')}…`;
}
