import { type MappedCall, type Message, type ModelCall, type ModelRequest, ProviderError } from '@switchyard/contract';
import { defined, hasMedia, ownOptions, systemText, textOf, warnOfUnused } from '@switchyard/provider-kit';
import { fillTemplate, type SlotValues, slotsIn } from './fill-template.js';

/** A request as the mapped server takes it, and what of it has no place there, in words for the user. */
export interface MappedRequest {
  readonly path: string;
  readonly body: unknown;
  readonly warnings: readonly string[];
}

/** Fields that reach the server in a slot of another name. */
const CONVERSATION = ['prompt', 'messages', 'systemPrompt', 'context'] as const;

/** @throws ProviderError `invalid_request` for images, audio and files, which no template has a place for. */
export function toGenerateRequest(call: ModelCall, mapped: MappedCall): MappedRequest {
  const { request, output } = call;
  const slots = slotsIn(mapped.body);
  const unheld =
    output && !slots.has('schema')
      ? ['The answer was asked for as text: the mapping of the provider has no {{schema}}.']
      : [];
  const values = { ...request, ...conversationOf(request, slots), ...defined({ schema: output?.schema }) };
  const filled = toRequest(call, mapped, values, [...CONVERSATION]);
  return { ...filled, warnings: [...unheld, ...filled.warnings] };
}

/** @throws ProviderError `invalid_request` for several texts where the server takes one. */
export function toEmbedRequest(call: ModelCall, mapped: MappedCall): MappedRequest & { readonly inputs: number } {
  const given = call.request.input ?? call.request.prompt ?? [];
  const input = typeof given === 'string' ? [given] : given;
  if (input.length !== 1 && slotsIn(mapped.body).has('text')) {
    throw unsendable(`The server takes one text in each call, by {{text}} of its mapping; ${input.length} were given.`);
  }
  return { ...toRequest(call, mapped, { input, text: input[0] }, ['input', 'prompt']), inputs: input.length };
}

export function toImageRequest(call: ModelCall, mapped: MappedCall): MappedRequest {
  return toRequest(call, mapped, { ...call.request }, ['prompt', 'responseFormat']);
}

function toRequest(
  { providerModel, request }: ModelCall,
  mapped: MappedCall,
  values: SlotValues,
  used: readonly (keyof ModelRequest)[],
): MappedRequest {
  const slots = slotsIn(mapped.body);
  const filled = { ...values, model: providerModel };
  const fields = (Object.keys(request) as (keyof ModelRequest)[]).filter((name) => slots.has(name));
  const own = ownOptions(request, 'custom', [], Object.keys(request.providerOptions?.['custom'] ?? {}));
  return {
    path: pathOf(mapped, providerModel),
    body: mapped.body === undefined ? undefined : (fillTemplate(mapped.body, filled) ?? {}),
    warnings: [...own.warnings, ...warnOfUnused(request, [...used, ...fields])],
  };
}

/** The path of a call, with the model's name in its slot. */
function pathOf({ path }: MappedCall, model: string): string {
  return path.replaceAll(/\{\{\s*model\s*\}\}/g, () => encodeURIComponent(model));
}

function conversationOf(request: ModelRequest, slots: ReadonlySet<string>): SlotValues {
  const turns: readonly Message[] = request.messages ?? [{ role: 'user', content: request.prompt ?? '' }];
  if (turns.some(({ content }) => hasMedia(content))) {
    throw unsendable('The mapping of the provider takes text only; send no images, audio or files.');
  }
  const [first, ...rest] = turns;
  const opens = request.systemPrompt === undefined && first?.role === 'system';
  const system = systemText(request, opens ? textOf(first.content) : undefined);
  const said = (opens ? rest : turns).map(({ role, content }) => ({ role, content: textOf(content) }));
  const apart = slots.has('systemPrompt') || system === '';
  const messages = apart ? said : [{ role: 'system' as const, content: system }, ...said];
  const prompt = [apart ? '' : system, transcriptOf(said)].filter((text) => text !== '').join('\n\n');
  return { messages, prompt, systemPrompt: system === '' ? undefined : system };
}

/** One turn of the user is its text alone; in a longer conversation each turn is told by who spoke. */
function transcriptOf(turns: readonly { readonly role: string; readonly content: string }[]): string {
  const [only, ...more] = turns;
  if (only?.role === 'user' && more.length === 0) return only.content;
  return turns.map(({ role, content }) => `${role}: ${content}`).join('\n');
}

function unsendable(message: string): ProviderError {
  return new ProviderError('invalid_request', message, { reachedVendor: false });
}
