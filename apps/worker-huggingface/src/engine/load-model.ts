import { basename } from 'node:path';
import {
  AutoConfig,
  AutoModel,
  AutoModelForCausalLM,
  AutoModelForSeq2SeqLM,
  AutoTokenizer,
  type PreTrainedModel,
  type PreTrainedTokenizer,
} from '@huggingface/transformers';
import { type Instance } from './instance-cache.js';
import { weightBytes } from './model-files.js';
import { type Device, type LoadedModel, type ModelSource } from './protocol.js';
import { TaskError } from './task-error.js';

/** A model in memory, and what turns text into its tokens. */
export interface LocalModel extends Instance, LoadedModel {
  readonly network: PreTrainedModel;
  readonly tokenizer: PreTrainedTokenizer;
  /** Tokens that it can read at once; Infinity where it does not say. */
  readonly window: number;
}

/** @throws TaskError `unloadable` or `unreachable`. */
export async function loadModel(source: ModelSource, device: Device, modelsDirectory: string): Promise<LocalModel> {
  const { place, subfolder, fromHub, dtype } = source;
  const options = { local_files_only: !fromHub };
  try {
    const config = await AutoConfig.from_pretrained(place, options);
    const [tokenizer, network] = await Promise.all([
      AutoTokenizer.from_pretrained(place, options),
      networkFor(source, config).from_pretrained(place, { ...options, config, subfolder, dtype, device }),
    ]);
    return {
      place,
      dtype,
      device,
      network,
      tokenizer,
      window: windowOf(config, tokenizer),
      bytes: weightBytes(source, modelsDirectory),
      dispose: async () => void (await network.dispose()),
    };
  } catch (error) {
    // What Node's own fetch raises where no answer comes.
    if (fromHub && error instanceof TypeError && error.message === 'fetch failed') {
      throw new TaskError('unreachable', `The model ${place} cannot be fetched: the hub does not answer.`, error);
    }
    // Whoever sent the job need not know where on the machine its models stand.
    const name = fromHub ? place : basename(place);
    const why = (error instanceof Error ? error.message : String(error)).replaceAll(place, name);
    throw new TaskError('unloadable', `The model ${name} cannot be loaded (${shorten(why)}).`, error);
  }
}

function networkFor({ purpose }: ModelSource, config: object): Pick<typeof AutoModel, 'from_pretrained'> {
  if (purpose === 'embed') return AutoModel;
  return Reflect.get(config, 'is_encoder_decoder') === true ? AutoModelForSeq2SeqLM : AutoModelForCausalLM;
}

/** Families call it by different names; the tokenizer's own limit is often a number without meaning, such as 1e30. */
function windowOf(config: object, tokenizer: PreTrainedTokenizer): number {
  const ofTokenizer: unknown = tokenizer.model_max_length;
  const ofModel = ['max_position_embeddings', 'n_positions', 'n_ctx', 'max_seq_len'].map((name): unknown =>
    Reflect.get(config, name),
  );
  return Math.min(...[ofTokenizer, ...ofModel].filter((value) => typeof value === 'number'));
}

/** What the runtime says may name every file that it tried. */
function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line.replace(/\.$/, '');
}
