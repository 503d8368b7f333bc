const BYTES_PER_TOKEN = 4;

/** The simulator's tokenizer: four bytes of UTF-8 are a token, what is left over is one more. */
export function countTokens(text: string): number {
  return tokensOfBytes(Buffer.byteLength(text));
}

export function tokensOfBytes(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/** The longest beginning of the text that is at most so many tokens, and ends between two characters. */
export function cutToTokens(text: string, tokens: number): string {
  const limit = tokens * BYTES_PER_TOKEN;
  // No character of UTF-16 is shorter than a byte.
  if (text.length * 3 <= limit) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let end = limit;
  // 10xxxxxx goes on with a character that began before.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
