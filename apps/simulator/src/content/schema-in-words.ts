import { ANY_OBJECT } from './conversation.js';

const SCHEMA = /\bJSON Schema\b[^\n]*:\n(\{.*\})/;
const OBJECT = /\bJSON object\b/;

/**
 * The schema of an answer that a system prompt asks for in words, as a model would understand them.
 * @returns undefined where it asks for no JSON.
 */
export function schemaInWords(system: string): unknown {
  const [, text] = SCHEMA.exec(system) ?? [];
  if (text === undefined) return OBJECT.test(system) ? ANY_OBJECT : undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return ANY_OBJECT;
  }
}
