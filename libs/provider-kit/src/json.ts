/** A JSON object, each of whose fields is still to be parsed. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** @returns true for an object that is no list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns the value of the text, or undefined (which is no JSON value) when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own words quote the text, which may be an answer.
    return undefined;
  }
}
