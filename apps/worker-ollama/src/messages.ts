import { type ContentPart, type Message, type ModelRequest, ProviderError, type ToolCall } from '@switchyard/contract';
import { isObject, parseJson, systemText, textOf } from '@switchyard/provider-kit';
import { type Message as OllamaMessage, type ToolCall as OllamaToolCall } from 'ollama/browser';

const DATA_URL = /^data:[^,]*;base64,/i;

/** The conversation of a request as Ollama takes it. @throws ProviderError `invalid_request` for what it cannot take. */
export function toMessages(request: ModelRequest): OllamaMessage[] {
  const turns: readonly Message[] = request.messages ?? [{ role: 'user', content: request.prompt ?? '' }];
  const [first, ...rest] = turns;
  // Without a system prompt of its own, the conversation's takes its place, so that language and context join it.
  const opening = request.systemPrompt === undefined && first?.role === 'system' ? textOf(first.content) : undefined;
  const system = systemText(request, opening);
  const toolNames = new Map<string, string>();
  const messages = (opening === undefined ? turns : rest).map((turn) => toMessage(turn, toolNames));
  return system === '' ? messages : [{ role: 'system', content: system }, ...messages];
}

/** @param toolNames of the calls so far, by their id; an answer names the tool, not the call. */
function toMessage(
  { role, content, toolCalls = [], toolCallId }: Message,
  toolNames: Map<string, string>,
): OllamaMessage {
  for (const { id, name } of toolCalls) toolNames.set(id, name);
  const images = typeof content === 'string' ? [] : (content ?? []).flatMap(toImages);
  const toolName = toolCallId === undefined ? undefined : toolNames.get(toolCallId);
  return {
    role,
    content: textOf(content),
    ...(images.length > 0 && { images }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls.map(toToolCall) }),
    ...(toolName !== undefined && { tool_name: toolName }),
  };
}

/** The base64 of an image part; nothing for a text. */
function toImages(part: ContentPart): string[] {
  switch (part.type) {
    case 'text':
      return [];
    case 'image_url': {
      const { url } = part.image_url;
      const head = DATA_URL.exec(url);
      if (head) return [url.slice(head[0].length)];
      throw refused('Ollama takes images by content only, not by address; send a URL like data:image/png;base64,….');
    }
    case 'audio':
    case 'file':
      throw refused(`Ollama takes no parts of the type ${part.type}; leave them out, or choose another model.`);
  }
}

function toToolCall({ name, arguments: text }: ToolCall): OllamaToolCall {
  const given = text.trim() === '' ? {} : parseJson(text);
  if (isObject(given)) return { function: { name, arguments: { ...given } } };
  throw refused('The arguments of a tool call in the conversation are no JSON object, which Ollama needs.');
}

function refused(message: string): ProviderError {
  return new ProviderError('invalid_request', message, { reachedVendor: false });
}
