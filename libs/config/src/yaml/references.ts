/**
 * `${NAME}` and `${NAME:-default}`. In a flow collection (`[ ${A}, ${B} ]`) YAML would take the braces for a map, so
 * references are put aside before the text is parsed and put back into the parsed strings. The stand-in is as long as
 * the reference, so that lines and columns stay right, and made of private-use characters, which YAML takes for text.
 */
const REFERENCE_IN_TEXT = /\$?\$\{[A-Za-z_]\w*(?::-(?:(?!\$\{)[^}"\\\n\r])*)?\}/g;
const STAND_IN = /\uE000([\uE100-\uF0FF])([\uE100-\uF0FF])\uE001*/g;
const FIRST_DIGIT = 0xe100;
const BASE = 0x1000;

/** A text whose references are put aside. */
export interface SetAside {
  readonly text: string;
  /** Puts the references back into a part of the parsed text. */
  restore(part: string): string;
}

/** Puts the references of a text aside. */
export function setReferencesAside(source: string): SetAside {
  const references: string[] = [];
  const text = source.replaceAll(REFERENCE_IN_TEXT, (reference) => {
    const index = references.push(reference) - 1;
    const digits = String.fromCharCode(FIRST_DIGIT + (index % BASE), FIRST_DIGIT + Math.floor(index / BASE));
    return `\uE000${digits}`.padEnd(reference.length, '\uE001');
  });
  const restore = (part: string): string =>
    part.replaceAll(STAND_IN, (standIn, low: string, high: string) => {
      const index = low.charCodeAt(0) - FIRST_DIGIT + (high.charCodeAt(0) - FIRST_DIGIT) * BASE;
      return references[index] ?? standIn;
    });
  return { text, restore };
}
