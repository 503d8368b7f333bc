const MASK = '***';

/** Each shape of a secret that has been seen in a message, and what is left of it. */
const SECRET_SHAPES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
  // The part before the last @ of an address; a password may itself hold an unescaped slash or @.
  [/:\/\/(?:[^\s/?#]{1,512}@|[^\s/?#:@]{0,256}:[^\s]{1,512}@)/g, `://${MASK}@`],
  [/\b(Bearer)\s+[\w.~+/=-]{6,}/gi, `$1 ${MASK}`],
  // A digit or a padding: "basic authentication" is no secret.
  [/\b(Basic)\s+(?=\S*[\d=])[\w+/=-]{6,}/gi, `$1 ${MASK}`],
  [/(?<![A-Za-z0-9])(sk-|whsec_|gsk_|hf_|gh[opsu]_|github_pat_|ya29\.|AIza|AKIA)[\w.+/=-]+/g, `$1${MASK}`],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, MASK],
  [/([?&](?:key|sig|signature|token|[\w-]*(?:api[-_]?key|secret|password|[-_]token))=)[^&\s"']+/gi, `$1${MASK}`],
  [
    /((?:api[-_]?key|passw(?:or)?d|secret|(?:access|refresh|id)[-_]?token|authorization|cookie)["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi,
    `$1${MASK}`,
  ],
  // How Postgres names the values of a row that broke a constraint.
  [/(Key \([^)]*\))=\([^)]*\)/g, `$1=(${MASK})`],
];

/** The text with everything in it that looks like a key, a token or a password replaced by `***`. */
export function maskText(text: string): string {
  return SECRET_SHAPES.reduce((masked, [shape, replacement]) => masked.replace(shape, replacement), text);
}
