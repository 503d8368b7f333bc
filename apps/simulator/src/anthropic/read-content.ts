import { isRecord } from '../content/record.js';
import { refuse } from './anthropic-dialect.js';

/** What is said in a turn. */
export interface ReadContent {
  readonly text: string;
  readonly images: number;
  /** What tools answered in it. */
  readonly toolResult?: string;
}

/** A text, or a list of blocks. @throws Refusal as Anthropic words it. */
export function readContent(content: unknown, at: string): ReadContent {
  if (typeof content === 'string') return { text: content, images: 0 };
  if (!Array.isArray(content)) return refuse(at, 'Input should be a valid string or list');
  const texts: string[] = [];
  const results: string[] = [];
  let images = 0;
  for (const [index, block] of (content as readonly unknown[]).entries()) {
    const place = `${at}.${index}`;
    if (!isRecord(block)) return refuse(place, 'Input should be an object');
    switch (block['type']) {
      case 'text':
        texts.push(readText(block['text'], place));
        break;
      case 'image':
        images += 1;
        break;
      case 'document':
        texts.push(readDocument(block['source']));
        break;
      case 'tool_use':
        texts.push(`${String(block['name'])}(${JSON.stringify(block['input'])})`);
        break;
      case 'tool_result':
        results.push(readContent(block['content'] ?? '', `${place}.content`).text);
        break;
      case 'thinking':
      case 'redacted_thinking':
        break;
      default:
        refuse(
          place,
          `Input tag '${String(block['type'])}' found using 'type' does not match any of the expected tags`,
        );
    }
  }
  return { text: texts.join('\n'), images, ...(results.length > 0 && { toolResult: results.join('\n') }) };
}

function readText(text: unknown, at: string): string {
  if (typeof text !== 'string') return refuse(`${at}.text`, 'Field required');
  return text.trim() === '' ? refuse(at, 'text content blocks must be non-empty') : text;
}

/** A document of text is read; of others the simulator sees that they are there. */
function readDocument(source: unknown): string {
  return isRecord(source) && source['type'] === 'text' && typeof source['data'] === 'string' ? source['data'] : '';
}
