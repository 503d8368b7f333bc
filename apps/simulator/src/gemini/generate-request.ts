import { ANY_OBJECT, type Conversation, type Tool } from '../content/conversation.js';
import { tokensOfBytes } from '../content/count-tokens.js';
import { isRecord, type JsonRecord } from '../content/record.js';
import { Refusal } from '../refusal.js';
import { invalid } from './gemini-dialect.js';
import { readContents, readParts } from './read-contents.js';

/** What the API knows; it refuses what it does not. */
const BODY_FIELDS: readonly string[] = [
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'safetySettings',
  'generationConfig',
  'labels',
  'cachedContent',
  'modelArmorConfig',
];
const MOST_STOPS = 5;

/** Reads the body of `:generateContent`. @throws Refusal as Google words it. */
export function readGenerateRequest(body: JsonRecord, model: string): Conversation {
  for (const field of Object.keys(body)) {
    if (BODY_FIELDS.includes(field)) continue;
    throw new Refusal(400, `Invalid JSON payload received. Unknown name "${field}": Cannot find field.`);
  }
  const turns = readContents(body['contents'], model);
  const instruction = body['systemInstruction'];
  const system = instruction === undefined ? undefined : readParts(instruction, 'systemInstruction', model);
  const config = body['generationConfig'] ?? {};
  if (!isRecord(config)) return invalid('generationConfig', 'it is an object');
  if ((config['candidateCount'] ?? 1) !== 1) invalid('generationConfig.candidateCount', 'the simulator gives one');
  const tools = readTools(body['tools']);
  const last = turns.at(-1);
  const all = [...(system ? [{ ...system, role: 'system' }] : []), ...turns];
  const said = all.map(({ text, toolResults }) => [text, ...toolResults].join('\n'));
  const toolBytes = tools.length > 0 ? Buffer.byteLength(JSON.stringify(body['tools'])) : 0;
  const bytes = said.reduce((sum, text) => sum + Buffer.byteLength(text), toolBytes);
  return {
    model,
    conversation: all.map(({ role }, index) => `${role}: ${said[index] ?? ''}`).join('\n'),
    question: turns.findLast(({ role, toolResults }) => role === 'user' && toolResults.length === 0)?.text ?? '',
    toolResult: last && last.toolResults.length > 0 ? last.toolResults.join('\n') : undefined,
    promptTokens: Math.max(1, tokensOfBytes(bytes) + turns.reduce((sum, turn) => sum + turn.mediaTokens, 0)),
    maxTokens: readWhole(config, 'maxOutputTokens'),
    stop: readStops(config['stopSequences']),
    tools,
    toolChoice: readToolChoice(body['toolConfig'], tools),
    schema: readSchema(config),
  };
}

/** A whole number from 1. @throws Refusal */
export function readWhole(fields: JsonRecord, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  return Number.isInteger(value) && Number(value) >= 1 ? Number(value) : invalid(name, 'it is a whole number from 1');
}

function readStops(stops: unknown): readonly string[] {
  if (stops === undefined) return [];
  const isList = Array.isArray(stops) && stops.every((stop) => typeof stop === 'string');
  if (!isList || stops.length > MOST_STOPS) {
    return invalid('generationConfig.stopSequences', `it is a list of ${MOST_STOPS} texts at most`);
  }
  return stops;
}

function readTools(tools: unknown): readonly Tool[] {
  if (tools === undefined) return [];
  if (!Array.isArray(tools)) return invalid('tools', 'it is a list');
  return (tools as readonly unknown[]).flatMap((tool, index) => {
    const declarations = isRecord(tool) ? tool['functionDeclarations'] : undefined;
    if (!Array.isArray(declarations)) return invalid(`tools[${index}].functionDeclarations`, 'it is a list');
    return (declarations as readonly unknown[]).map((declaration) => {
      const name = isRecord(declaration) ? declaration['name'] : undefined;
      if (!isRecord(declaration) || typeof name !== 'string') return invalid(`tools[${index}]`, 'a name is required');
      const { parametersJsonSchema, parameters } = declaration;
      return { name, parameters: parametersJsonSchema ?? toJsonSchema(parameters ?? { type: 'object' }) };
    });
  });
}

function readToolChoice(config: unknown, tools: readonly Tool[]): Conversation['toolChoice'] {
  const calling = isRecord(config) ? config['functionCallingConfig'] : undefined;
  if (!isRecord(calling)) return 'auto';
  const { mode = 'AUTO', allowedFunctionNames: allowed } = calling;
  if (mode === 'AUTO') return 'auto';
  if (mode === 'NONE') return 'none';
  if (mode !== 'ANY') return invalid('toolConfig.functionCallingConfig.mode', 'it is AUTO, ANY or NONE');
  if (!Array.isArray(allowed)) return 'required';
  const tool = tools.find(({ name }) => allowed.includes(name));
  return tool ? { name: tool.name } : invalid('toolConfig.functionCallingConfig', 'no declared function is allowed');
}

function readSchema(config: JsonRecord): unknown {
  const schema = config['responseJsonSchema'] ?? toJsonSchema(config['responseSchema']);
  const type = config['responseMimeType'] ?? 'text/plain';
  if (type === 'application/json') return schema ?? ANY_OBJECT;
  if (type !== 'text/plain')
    return invalid('generationConfig.responseMimeType', 'it is text/plain or application/json');
  if (schema !== undefined) return invalid('generationConfig.responseMimeType', 'a schema needs application/json');
  return undefined;
}

/** Google's own schemas are those of OpenAPI, with their types in capitals. */
function toJsonSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(toJsonSchema);
  if (!isRecord(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === 'type' && typeof value === 'string' ? value.toLowerCase() : toJsonSchema(value),
    ]),
  );
}
