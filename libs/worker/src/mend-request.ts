import type { ModelRequest, ProviderError } from '@switchyard/contract';
import type { Mend } from '@switchyard/jobs';

/** A request as it is sent, and what of it the client is told. */
interface MendedRequest {
  readonly request: ModelRequest;
  readonly warnings: readonly string[];
}

/** What steers an answer without being asked for in it: without it the answer is still one to the request. */
const DROPPABLE = [
  'temperature',
  'topP',
  'frequencyPenalty',
  'presencePenalty',
  'seed',
  'style',
  'numInferenceSteps',
] as const satisfies readonly (keyof ModelRequest)[];

/** Names by which vendors call the cap of an answer. */
const CAP_NAMES: readonly string[] = ['maxTokens', 'maxCompletionTokens', 'maxOutputTokens', 'numPredict'];

/**
 * How a request that a vendor refused can be sent to it once more: without the parameter that it names, or, of the cap
 * of the answer, with the largest value that it takes.
 * @returns undefined where the vendor names none, or one that the request does not have or cannot do without
 */
export function mendFor({ parameter }: ProviderError, request: ModelRequest): Mend | undefined {
  if (!parameter) return undefined;
  const { name, most } = parameter;
  const mend: Mend = most === undefined ? { parameter: name } : { parameter: name, most };
  return mendRequest(request, mend).warnings.length > 0 ? mend : undefined;
}

/** Applies a mend; one that fits nothing of the request changes nothing. */
export function mendRequest(request: ModelRequest, { parameter, most }: Mend): MendedRequest {
  const name = fieldOf(parameter);
  if (CAP_NAMES.includes(name)) return lowerCap(request, most);
  const field = DROPPABLE.find((each) => each === name);
  if (field !== undefined && request[field] !== undefined) {
    const { [field]: _, ...rest } = request;
    return { request: rest, warnings: [`${field} was left out: the provider refused it.`] };
  }
  return dropOption(request, parameter);
}

function lowerCap(request: ModelRequest, most: number | undefined): MendedRequest {
  const { maxTokens } = request;
  if (most === undefined || most < 1 || maxTokens === undefined || maxTokens <= most) return { request, warnings: [] };
  const warning = `maxTokens was lowered from ${maxTokens} to ${most}: the provider takes no more.`;
  return { request: { ...request, maxTokens: most }, warnings: [warning] };
}

/** An option that the client sent for this vendor by its own name. */
function dropOption(request: ModelRequest, parameter: string): MendedRequest {
  const options = Object.entries(request.providerOptions ?? {});
  if (!options.some(([, own]) => Object.hasOwn(own, parameter))) return { request, warnings: [] };
  const providerOptions = Object.fromEntries(
    options.map(([kind, own]) => [
      kind,
      Object.fromEntries(Object.entries(own).filter(([name]) => name !== parameter)),
    ]),
  );
  const warning = `providerOptions: ${parameter} was left out: the provider refused it.`;
  return { request: { ...request, providerOptions }, warnings: [warning] };
}

/** `generationConfig.topP` and `top_p` are `topP`. */
function fieldOf(parameter: string): string {
  const last = parameter.split('.').at(-1) ?? parameter;
  return last.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
