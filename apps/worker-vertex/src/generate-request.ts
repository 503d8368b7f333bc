import {
  FunctionCallingConfigMode,
  type GenerateContentConfig,
  type GenerateContentParameters,
  type HttpOptions,
  type ToolConfig,
} from '@google/genai/web';
import { type Message, type ModelCall, type ModelRequest, type ToolChoice } from '@switchyard/contract';
import { defined, hasMedia, ownOptions, systemText, textOf, warnOfUnused } from '@switchyard/provider-kit';
import { toContents } from './contents.js';

const USED = [
  'prompt',
  'messages',
  'systemPrompt',
  'context',
  'temperature',
  'maxTokens',
  'topP',
  'frequencyPenalty',
  'presencePenalty',
  'stop',
  'tools',
  'toolChoice',
  'seed',
] as const satisfies readonly (keyof ModelRequest)[];

/**
 * What decides the price, the model or the prompt, beside what the gateway sets itself: each further candidate is paid
 * for and one is read, cached contents are a prompt that nobody has counted, answers that are no text have other prices.
 * And what is for Google's client, not for Google.
 */
const GUARDED = [
  'model',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'maxOutputTokens',
  'candidateCount',
  'cachedContent',
  'continuationToken',
  'serviceTier',
  'routingConfig',
  'modelConfig',
  'modelSelectionConfig',
  'responseModalities',
  'speechConfig',
  'imageConfig',
  'generationConfig',
  'generationOutputConfig',
  'enableEnhancedCivicAnswers',
  'store',
  'httpOptions',
  'abortSignal',
  'automaticContinuation',
  'automaticFunctionCalling',
].flatMap((name) => [name, inSnakeCase(name)]);

/** Options that Google's client puts in their place; it leaves out others, and they are parameters of the generation. */
const KNOWN_TO_CLIENT: readonly string[] = [
  'temperature',
  'topP',
  'topK',
  'stopSequences',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
  'responseLogprobs',
  'logprobs',
  'responseMimeType',
  'responseJsonSchema',
  'safetySettings',
  'labels',
  'mediaResolution',
  'audioTimestamp',
  'thinkingConfig',
  'modelArmorConfig',
];

/** https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference */
const MOST_STOPS = 5;
/** Penalties are below 2, where others allow 2 as well. */
const HIGHEST_PENALTY = 1.99;
const LARGEST_SEED = 2_147_483_647;

/** Google takes the names of its fields as they stand in its protocol buffers too: `candidate_count`. */
function inSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A request as Google's client takes it, but for where and how it is sent. */
interface GenerateRequest {
  readonly parameters: (httpOptions: HttpOptions) => GenerateContentParameters;
  readonly warnings: readonly string[];
}

/** A native request as the parameters of `generateContent`. */
export function toGenerateRequest({ providerModel, request, output }: ModelCall): GenerateRequest {
  const warnings: string[] = [];
  const { contents, systemInstruction } = toConversation(request, providerModel, warnings);
  const own = ownOptions(request, 'vertex', GUARDED);
  const further = Object.entries(own.options).filter(([name]) => !KNOWN_TO_CLIENT.includes(name));
  const known = Object.entries(own.options).filter(([name]) => KNOWN_TO_CLIENT.includes(name));
  const config: GenerateContentConfig = {
    ...toGenerationConfig(request, warnings),
    ...(systemInstruction !== '' && { systemInstruction: { parts: [{ text: systemInstruction }] } }),
    ...(request.tools && {
      tools: [
        {
          functionDeclarations: request.tools.map(({ name, description, parameters }) => ({
            name,
            ...defined({ description, parametersJsonSchema: parameters }),
          })),
        },
      ],
    }),
    ...(request.toolChoice && { toolConfig: toToolConfig(request.toolChoice) }),
    ...(output && { responseMimeType: 'application/json', ...defined({ responseJsonSchema: output.schema }) }),
    ...Object.fromEntries(known),
    // Otherwise the client asks again by itself for the rest of an answer, and calls functions.
    automaticContinuation: false,
    automaticFunctionCalling: { disable: true },
  };
  const extraBody = further.length > 0 ? { generationConfig: Object.fromEntries(further) } : undefined;
  return {
    parameters: (httpOptions) => ({
      model: providerModel,
      contents,
      config: { ...config, httpOptions: { ...httpOptions, ...defined({ extraBody }) } },
    }),
    warnings: [...warnings, ...own.warnings, ...warnOfUnused(request, USED)],
  };
}

function toConversation(request: ModelRequest, model: string, warnings: string[]) {
  const turns: readonly Message[] = request.messages ?? [{ role: 'user', content: request.prompt ?? '' }];
  const instructions = turns.filter(({ role }) => role === 'system').map(({ content }) => textOf(content));
  if (request.systemPrompt !== undefined) instructions.unshift(request.systemPrompt);
  const { contents, lacksSignatures } = toContents(turns, model);
  if (turns.some((turn) => turn.role !== 'user' && hasMedia(turn.content))) {
    warnings.push(
      'Images, audio and files in turns other than the user’s are not supported by this provider and were left out.',
    );
  }
  if (turns.some(({ content }) => asksForDetail(content))) {
    warnings.push('The detail of an image is not supported by this provider and was left out.');
  }
  if (lacksSignatures) {
    warnings.push('Calls of tools came back without their `signature`; the model reasons better with it.');
  }
  // Gemini has one place for what others let stand between the turns.
  const { systemPrompt: _systemPrompt, ...rest } = request;
  return { contents, systemInstruction: systemText(rest, instructions.filter(Boolean).join('\n\n')) };
}

function asksForDetail(content: Message['content']): boolean {
  if (content === null || typeof content === 'string') return false;
  return content.some((part) => part.type === 'image_url' && /^(?:low|high)$/.test(part.image_url.detail ?? ''));
}

function toGenerationConfig(request: ModelRequest, warnings: string[]): GenerateContentConfig {
  const { stop, seed } = request;
  if (stop && stop.length > MOST_STOPS) {
    warnings.push(`This provider takes ${MOST_STOPS} stop sequences; those after them were left out.`);
  }
  const takesSeed = seed === undefined || Math.abs(seed) <= LARGEST_SEED;
  if (!takesSeed) warnings.push(`This provider takes a seed up to ${LARGEST_SEED}; the one given was left out.`);
  return defined({
    temperature: request.temperature,
    topP: request.topP,
    maxOutputTokens: request.maxTokens,
    stopSequences: stop?.slice(0, MOST_STOPS),
    frequencyPenalty: toPenalty('frequencyPenalty', request, warnings),
    presencePenalty: toPenalty('presencePenalty', request, warnings),
    seed: takesSeed ? seed : undefined,
  });
}

function toPenalty(
  name: 'frequencyPenalty' | 'presencePenalty',
  request: ModelRequest,
  warnings: string[],
): number | undefined {
  const value = request[name];
  if (value === undefined || value <= HIGHEST_PENALTY) return value;
  warnings.push(`${name} was lowered to ${HIGHEST_PENALTY}, the highest that this provider takes.`);
  return HIGHEST_PENALTY;
}

function toToolConfig(choice: ToolChoice): ToolConfig {
  const { AUTO, NONE, ANY } = FunctionCallingConfigMode;
  if (typeof choice === 'object') {
    return { functionCallingConfig: { mode: ANY, allowedFunctionNames: [choice.name] } };
  }
  return { functionCallingConfig: { mode: { auto: AUTO, none: NONE, required: ANY }[choice] } };
}
