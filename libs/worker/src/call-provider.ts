import {
  ProviderError,
  type CallContext,
  type EmbedReply,
  type GenerateReply,
  type ImageReply,
  type JobResult,
  type JobType,
  type ModelCall,
  type Provider,
  type Usage,
} from '@switchyard/contract';

/** What a call brought back, in the form of the job's type. */
export interface CallOutcome {
  readonly result: JobResult;
  readonly usage: Usage;
  /** The vendor's own answer. */
  readonly raw: unknown;
}

/** What is known of a request's size, where the vendor reports nothing. */
export interface CountedTokens {
  readonly prompt: number;
  /** What so many images come to; absent where images are not paid by tokens. */
  readonly pictures?: ((count: number) => number) | undefined;
}

/**
 * Calls the method that a job's type needs, and shapes what it answers.
 * @throws ProviderError `model_unavailable` when the provider has no such method.
 */
export async function callProvider(
  provider: Provider,
  type: JobType,
  call: ModelCall,
  context: CallContext,
  model: string,
  counted: CountedTokens,
): Promise<CallOutcome> {
  switch (type) {
    case 'generation':
    case 'code':
      if (!provider.generate) throw lacks(model, 'generate text');
      return shapeText(await provider.generate(call, context), model, counted);
    case 'embedding':
      if (!provider.embed) throw lacks(model, 'embed');
      return shapeEmbeddings(await provider.embed(call, context), counted);
    case 'image':
      if (!provider.image) throw lacks(model, 'make images');
      return shapeImages(await provider.image(call, context), counted);
  }
}

function lacks(model: string, what: string): ProviderError {
  return new ProviderError('model_unavailable', `The provider of ${model} cannot ${what}.`, { reachedVendor: false });
}

const NO_TOKENS: Usage = { promptTokens: 0, completionTokens: 0, totalTokens: 0 };

/** About four bytes of text make a token; a vendor that reports no usage gets this estimate, flagged. */
function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4);
}

/** All that the model wrote: calls of tools too. */
function writtenIn({ content, toolCalls }: GenerateReply): string {
  return content + toolCalls.map(({ name, arguments: given }) => name + given).join('');
}

function shapeText(reply: GenerateReply, model: string, counted: CountedTokens): CallOutcome {
  const usage = reply.usage ?? estimatedUsage(counted.prompt, estimateTokens(writtenIn(reply)));
  const result = {
    content: reply.content,
    model,
    usage,
    finishReason: reply.finishReason,
    ...(reply.toolCalls.length > 0 ? { toolCalls: reply.toolCalls } : {}),
    metadata: { ...warningsOf(reply.warnings), rawFinishReason: reply.rawFinishReason },
  };
  return { result, usage, raw: reply.raw };
}

function shapeEmbeddings(reply: EmbedReply, counted: CountedTokens): CallOutcome {
  const usage = reply.usage ?? estimatedUsage(counted.prompt, 0);
  const dimensions = reply.embeddings[0]?.length ?? 0;
  if (dimensions === 0 || reply.embeddings.some((vector) => vector.length !== dimensions)) {
    throw new ProviderError('bad_response', 'The provider answered embeddings of different or no length.');
  }
  return {
    result: { embeddings: reply.embeddings, dimensions, usage, metadata: warningsOf(reply.warnings) },
    usage,
    raw: undefined,
  };
}

function shapeImages(reply: ImageReply, { prompt, pictures }: CountedTokens): CallOutcome {
  const images = reply.images.length;
  const counted = pictures ? estimatedUsage(prompt, pictures(images)) : NO_TOKENS;
  const usage: Usage = { ...(reply.usage ?? counted), images };
  return { result: { images: reply.images, usage, metadata: warningsOf(reply.warnings) }, usage, raw: undefined };
}

function warningsOf(warnings: readonly string[]): { readonly warnings?: readonly string[] } {
  return warnings.length > 0 ? { warnings } : {};
}

function estimatedUsage(promptTokens: number, completionTokens: number): Usage {
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens, estimated: true };
}
