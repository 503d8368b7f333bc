import type { Steering } from '../steering/steering.js';
import { composeText, quote } from './compose-text.js';
import type { Conversation, Tool } from './conversation.js';
import { countTokens, cutToTokens } from './count-tokens.js';
import { sampleJson } from './sample-json.js';
import { digestOf, randomFrom } from './seed.js';

interface ToolCall {
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

/** What the simulated model says. */
export interface Reply {
  readonly text: string;
  readonly toolCall: ToolCall | undefined;
  readonly finish: 'stop' | 'length' | 'tool_calls';
  /** The text that it stopped before, where that was asked for. */
  readonly stopSequence?: string;
  readonly completionTokens: number;
}

/** Words of tools' names that say nothing about when to call them. */
const VERBS = new Set([
  'call',
  'create',
  'fetch',
  'find',
  'from',
  'lookup',
  'make',
  'query',
  'search',
  'send',
  'update',
  'with',
]);

function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** The words of a question that a value may be made of: names if it has any (`Paris`), else its longer words. */
function valueWords(question: string): readonly string[] {
  const words = wordsOf(question.slice(0, 2_000));
  const names = words.slice(1).filter((word) => /^\p{Lu}\p{Ll}+/u.test(word));
  return names.length > 0 ? names : words.filter((word) => word.length > 4);
}

/** `get_weather` is meant by a question about the weather. */
function isMeant(toolName: string, questionWords: ReadonlySet<string>): boolean {
  if (questionWords.has(toolName.toLowerCase())) return true;
  const parts = wordsOf(
    toolName
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .replaceAll('_', ' ')
      .toLowerCase(),
  );
  return parts.some((part) => part.length > 3 && !VERBS.has(part) && questionWords.has(part));
}

function chooseTool({ tools, toolChoice, toolResult, question }: Conversation): Tool | undefined {
  if (typeof toolChoice === 'object') return tools.find(({ name }) => name === toolChoice.name);
  if (toolChoice === 'none' || tools.length === 0) return undefined;
  const questionWords = new Set(wordsOf(question.toLowerCase().replaceAll('_', ' ')));
  const meant = tools.find(({ name }) => isMeant(name, questionWords));
  if (toolChoice === 'required') return meant ?? tools[0];
  // After a tool's answer the question is still there, but it has been acted on.
  return toolResult === undefined ? meant : undefined;
}

function openingFor({ question, toolResult }: Conversation): string {
  const line = quote(toolResult ?? question);
  if (line === '') return toolResult === undefined ? 'You asked for nothing in particular.' : 'The tool says nothing.';
  const end = /[.!?…]$/.test(line) ? '' : '.';
  return `${toolResult === undefined ? 'You asked' : 'The tool says'}: "${line}"${end}`;
}

/** What the model answers: the same each time for the same conversation and model. */
export function composeReply(request: Conversation, steering: Steering): Reply {
  const { conversation, model, question, schema, maxTokens, stop } = request;
  const prompt = `${model}\n${conversation}`;
  const sample = (wanted: unknown): string => {
    const random = randomFrom(digestOf(prompt).readUInt32LE(4));
    return JSON.stringify(sampleJson(wanted, random, valueWords(question)));
  };
  const tool = chooseTool(request);
  if (tool) {
    const toolArguments = sample(tool.parameters);
    const completionTokens = countTokens(tool.name + toolArguments);
    return {
      text: '',
      toolCall: { name: tool.name, arguments: toolArguments },
      finish: 'tool_calls',
      completionTokens,
    };
  }
  const cap = maxTokens ?? Infinity;
  if (schema !== undefined) {
    const whole = sample(schema);
    const text = cutToTokens(whole, cap);
    const finish = text.length < whole.length ? 'length' : 'stop';
    return { text, toolCall: undefined, finish, completionTokens: countTokens(text) };
  }
  const { tokens } = steering;
  const composed = composeText({ prompt, opening: openingFor(request), tokens, maxTokens, stop });
  return { ...composed, toolCall: undefined, completionTokens: countTokens(composed.text) };
}
