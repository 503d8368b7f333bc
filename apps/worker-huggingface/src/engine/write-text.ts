import { LogitsProcessorList, TextStreamer } from '@huggingface/transformers';
import { ChosenToken, Ending, toPrompt } from './generation.js';
import { type LocalModel } from './load-model.js';
import { type WriteOutcome, type WriteTask } from './protocol.js';
import { samplerOf } from './sample-token.js';
import { StopText } from './stop-text.js';
import { TaskError } from './task-error.js';

/** Where neither the request nor the window says less. */
const MOST_TOKENS = 1_024;

/**
 * Writes on after a conversation, and hands each piece of text on as soon as it is certain.
 * @throws TaskError `too-long` for a prompt that fills the window; the signal's reason between two tokens.
 */
export async function writeText(
  { network, tokenizer, window }: LocalModel,
  task: WriteTask,
  onText: (text: string) => void,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  // A chat template brings the tokens that frame a text along.
  const prompt = tokenizer(toPrompt(tokenizer, task.turns), { add_special_tokens: tokenizer.chat_template === null });
  const promptTokens = prompt.input_ids.dims.at(-1) ?? 0;
  const room = window - (Reflect.get(network.config, 'is_encoder_decoder') === true ? 0 : promptTokens);
  if (promptTokens > window || room < 1) {
    throw new TaskError('too-long', `The prompt has ${promptTokens} tokens, and the model's window is ${window}.`);
  }
  const most = Math.min(task.maxTokens ?? MOST_TOKENS, room);
  const stops = new StopText(task.stop);
  const written: number[] = [];
  let text = '';
  const take = (piece: string): void => {
    text += piece;
    if (piece !== '') onText(piece);
  };
  const streamer = new TextStreamer(tokenizer, {
    skip_prompt: true,
    callback_function: (piece) => take(stops.add(piece)),
    token_callback_function: (tokens) => written.push(...tokens.map(Number)),
  });
  const chosen = new LogitsProcessorList();
  const { top_k: topK, ...generation } = task.generation;
  const sampler = samplerOf({ ...task.sampling, topK }, network.generation_config ?? {});
  chosen.push(new ChosenToken(sampler, task.sampling.seed, written));
  await network.generate({
    ...prompt,
    ...generation,
    max_new_tokens: most,
    // The processor leaves one token to choose.
    do_sample: false,
    num_beams: 1,
    logits_processor: chosen,
    stopping_criteria: new Ending(() => stops.stopped || signal.aborted),
    streamer,
  });
  signal.throwIfAborted();
  take(stops.end());
  return {
    text,
    ended: stops.stopped ? 'stop-text' : written.length < most || isEnd(network, written) ? 'end-of-text' : 'length',
    promptTokens,
    tokens: written.length,
    ...(task.maxTokens !== undefined && most < task.maxTokens && { shortenedTo: most }),
  };
}

function isEnd({ config, generation_config }: LocalModel['network'], written: readonly number[]): boolean {
  const ends: unknown = generation_config?.eos_token_id ?? Reflect.get(config, 'eos_token_id');
  return [ends].flat().includes(written.at(-1));
}
