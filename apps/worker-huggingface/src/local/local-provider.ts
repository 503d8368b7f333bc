import {
  type Availability,
  type CallContext,
  type EmbedReply,
  type GenerateReply,
  type ListedModel,
  type ModelCall,
  type Provider,
  type ProviderAuth,
  type ProviderSettings,
  type StreamPart,
} from '@switchyard/contract';
import { warnOfUnused } from '@switchyard/provider-kit';
import { type Engine } from '../engine/engine.js';
import { type EmbedOutcome, type WriteOutcome } from '../engine/protocol.js';
import { type ModelEntry, readModelEntry } from './model-entry.js';
import { type ModelPlaces } from './model-places.js';
import { streamPieces } from './stream-pieces.js';
import { toFailure } from './to-failure.js';
import { toWriteRequest } from './write-request.js';

const NO_AUTH: ProviderAuth = {
  status: () => ({ kind: 'none', status: 'valid', expiresAt: null }),
  validate: async () => ({ kind: 'none', length: 0, expiresAt: null }),
};

const NO_OPTIONS = {};
/** How many inputs that were cut are named. */
const MOST_CUT_TOLD = 10;

/** The models of one provider that run in this process. */
export class LocalProvider implements Provider {
  readonly auth = NO_AUTH;
  /** Entries as they were read; a change of the configuration brings new options. */
  readonly #entries = new WeakMap<object, Map<string, ModelEntry>>();

  constructor(
    private readonly settings: ProviderSettings,
    private readonly engine: Engine,
    private readonly places: ModelPlaces,
  ) {}

  async generate(call: ModelCall, context: CallContext): Promise<GenerateReply> {
    return await this.#write(call, context, () => undefined);
  }

  stream(call: ModelCall, context: CallContext): AsyncIterable<StreamPart> {
    return streamPieces(context.signal, (signal, onText) => this.#write(call, { ...context, signal }, onText));
  }

  async embed(call: ModelCall, { signal, onSent }: CallContext): Promise<EmbedReply> {
    const { input = [], overflow } = call.request;
    const texts = typeof input === 'string' ? [input] : input;
    try {
      const { source, maxLength, normalize, keepLoadedMs, batchSize } = this.#entryOf(call);
      const outcome = await this.engine.embed(
        {
          kind: 'embed',
          source: { ...source, purpose: 'embed' },
          ...(keepLoadedMs !== undefined && { keepLoadedMs }),
          texts,
          maxLength,
          overflow: overflow === 'refuse' ? 'refuse' : 'cut',
          normalize,
          batchSize,
        },
        { signal, onStarted: onSent },
      );
      return toEmbedReply(outcome, warnOfUnused(call.request, ['input']));
    } catch (error) {
      throw toFailure(error, signal);
    }
  }

  /** Whether every model of the configuration is where it should be. */
  async isAvailable(): Promise<Availability> {
    for (const { id, providerModel, options = NO_OPTIONS } of this.settings.models ?? []) {
      try {
        readModelEntry(providerModel, options, this.places);
      } catch (error) {
        return { available: false, reason: `models.${id}: ${error instanceof Error ? error.message : String(error)}` };
      }
    }
    return { available: true };
  }

  async getModelInfo(providerModel: string): Promise<ListedModel | undefined> {
    return (await this.listModels()).find(({ id }) => id === providerModel);
  }

  async listModels(): Promise<readonly ListedModel[]> {
    return (this.settings.models ?? []).map(({ providerModel }) => ({ id: providerModel }));
  }

  async facts(signal: AbortSignal): Promise<Readonly<Record<string, string | number>>> {
    const { loaded } = this.engine;
    const models = this.settings.models ?? [];
    const anyGpu = models.some(({ options }) => options?.['device'] !== 'cpu');
    return {
      device: anyGpu ? await this.engine.findDevice(signal) : 'cpu',
      loadedModels: loaded.length,
      modelBytes: loaded.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  close(): Promise<void> {
    return this.engine.close();
  }

  async #write(
    call: ModelCall,
    { signal, onSent }: CallContext,
    onText: (text: string) => void,
  ): Promise<GenerateReply> {
    const { body, warnings } = toWriteRequest(call.request);
    try {
      const { source, keepLoadedMs } = this.#entryOf(call);
      const outcome = await this.engine.write(
        {
          kind: 'write',
          source: { ...source, purpose: 'write' },
          ...(keepLoadedMs !== undefined && { keepLoadedMs }),
          ...body,
        },
        { signal, onStarted: onSent, onText },
      );
      return toGenerateReply(outcome, warnings);
    } catch (error) {
      throw toFailure(error, signal);
    }
  }

  #entryOf({ providerModel, options = NO_OPTIONS }: ModelCall): ModelEntry {
    const known = this.#entries.get(options) ?? new Map<string, ModelEntry>();
    this.#entries.set(options, known);
    const entry = known.get(providerModel) ?? readModelEntry(providerModel, options, this.places);
    known.set(providerModel, entry);
    return entry;
  }
}

function toEmbedReply({ vectors, tokens, cut, limit }: EmbedOutcome, warnings: readonly string[]): EmbedReply {
  return {
    embeddings: vectors.map((vector) => Array.from(vector)),
    usage: { promptTokens: tokens, completionTokens: 0, totalTokens: tokens },
    warnings: [...warnings, ...warningsOfCut(cut, limit)],
    raw: undefined,
  };
}

function warningsOfCut(cut: readonly number[], limit: number): readonly string[] {
  const told = cut.slice(0, MOST_CUT_TOLD).map((index) => {
    return `input[${index}] has more than ${limit} tokens and was cut at its end.`;
  });
  const rest = cut.length - told.length;
  return rest > 0 ? [...told, `So it was with ${rest} more inputs.`] : told;
}

function toGenerateReply(outcome: WriteOutcome, warnings: readonly string[]): GenerateReply {
  const { text, ended, promptTokens, tokens, shortenedTo } = outcome;
  const shortened =
    shortenedTo === undefined ? [] : [`maxTokens was lowered to ${shortenedTo}, which the window leaves.`];
  return {
    content: text,
    toolCalls: [],
    finishReason: ended === 'length' ? 'length' : 'stop',
    rawFinishReason: ended,
    usage: { promptTokens, completionTokens: tokens, totalTokens: promptTokens + tokens },
    warnings: [...warnings, ...shortened],
    raw: undefined,
  };
}
