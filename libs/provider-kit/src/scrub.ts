/** Longest text of a vendor that a message quotes, in characters. */
const MAX_QUOTE = 300;
const MAX_READ = 8_000;
const REDACTED = '[redacted]';

const SECRET_SHAPES: readonly RegExp[] = [
  /\b(?:Bearer|Basic)\s+[^\s"',;]+/gi,
  /\b(?:sk|pk|rk|gsk|xai|hf|ghp|gho|ghs|github_pat)[-_][\w*.-]{4,}/g,
  /\bAIza[\w-]{10,}/g,
  /\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g,
  /\b[\w-]{0,40}(?:authorization|api[-_]?key|secret|password)\b["']?\s*[:=]\s*["']?[^\s"',;}]+/gi,
  // Nothing of this length without a space is meant to be read.
  /[\w+/=-]{48,}/g,
];

/** Line breaks would forge lines of a log, escape codes would steer a terminal. */
const UNPRINTABLE = /[\s\p{Cc}\p{Cf}]+/gu;

/**
 * A vendor's words made fit for a message: nothing that looks like a key, none of the given secrets, one line, at most
 * 300 characters.
 * @returns undefined where nothing fit is left; a page of HTML says nothing to anybody.
 */
export function scrub(text: string, secrets: readonly string[] = []): string | undefined {
  // Before it is cut: half a secret would not be found.
  const safe = secrets.reduce((kept, secret) => (secret === '' ? kept : kept.replaceAll(secret, REDACTED)), text);
  let clean = safe.slice(0, MAX_READ);
  if (/<(?:!doctype|html|head|body)\b/i.test(clean)) return undefined;
  for (const shape of SECRET_SHAPES) clean = clean.replace(shape, REDACTED);
  clean = clean.replace(UNPRINTABLE, ' ').trim();
  if (clean === '') return undefined;
  return clean.length > MAX_QUOTE ? `${clean.slice(0, MAX_QUOTE - 1)}…` : clean;
}
