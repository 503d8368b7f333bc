import { type Message, type ModelRequest } from '@switchyard/contract';

/**
 * What is told to a model before the conversation: the system prompt, the language of a `code` job, the context under a
 * heading of its own.
 * @param opening stands in the system prompt's place where the request has none.
 * @returns an empty text where there is nothing to tell.
 */
export function systemText({ systemPrompt, language, context }: ModelRequest, opening?: string): string {
  const parts = [systemPrompt ?? opening];
  if (language !== undefined) parts.push(`Write the code in ${language}.`);
  if (context != null) parts.push(`Context:\n${typeof context === 'string' ? context : JSON.stringify(context)}`);
  return parts.filter(Boolean).join('\n\n');
}

/** The text of a turn; each part of it is a line. */
export function textOf(content: Message['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

/** Whether a turn holds anything but text. */
export function hasMedia(content: Message['content']): boolean {
  return typeof content === 'object' && content !== null && content.some(({ type }) => type !== 'text');
}
