const MIME_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  svg: 'image/svg+xml',
};

/** How the bytes of each format begin, in base64. */
const SIGNATURES: readonly (readonly [prefix: string, mimeType: string])[] = [
  ['iVBOR', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['UklGR', 'image/webp'],
  ['R0lGOD', 'image/gif'],
  ['PHN2Z', 'image/svg+xml'],
];

/** The type of an image by its first bytes. @returns undefined for a format that none of them is of. */
export function mimeTypeOfImage(base64: string): string | undefined {
  return SIGNATURES.find(([prefix]) => base64.startsWith(prefix))?.[1];
}

/** The type of an image by the vendor's name of its format, or the ending of its file. Default `image/png`. */
export function mimeTypeOfName(name: unknown): string {
  const known = typeof name === 'string' && Object.hasOwn(MIME_TYPES, name) ? MIME_TYPES[name] : undefined;
  return known ?? 'image/png';
}
