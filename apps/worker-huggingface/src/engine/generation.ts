import {
  LogitsProcessor,
  type PreTrainedTokenizer,
  random,
  StoppingCriteria,
  type Tensor,
} from '@huggingface/transformers';
import { type ChatTurn } from './protocol.js';
import { type Sampler, sampleToken } from './sample-token.js';

/**
 * Picks each token by itself, and leaves the library no choice: its own sampling knows no `topP`, and has one source of
 * chance for all who write at once, so that a seed would mean nothing.
 */
export class ChosenToken extends LogitsProcessor {
  readonly #counts = new Map<number, number>();
  readonly #random: { random(): number };
  #counted = 0;

  /** @param written The tokens so far, without the prompt's; it grows. */
  constructor(
    private readonly sampler: Sampler,
    seed: number | undefined,
    private readonly written: readonly number[],
  ) {
    super();
    this.#random = new random.Random(seed);
  }

  override _call(_ids: bigint[][], logits: Tensor): Tensor {
    for (; this.#counted < this.written.length; this.#counted += 1) {
      const token = this.written[this.#counted] ?? 0;
      this.#counts.set(token, (this.#counts.get(token) ?? 0) + 1);
    }
    const { data } = logits;
    if (data instanceof Float32Array) {
      const token = sampleToken(data, this.#counts, this.sampler, () => this.#random.random());
      data.fill(-Infinity);
      data[token] = 0;
    }
    return logits;
  }
}

/** Ends the writing after a token once it is asked to. */
export class Ending extends StoppingCriteria {
  constructor(private readonly isOver: () => boolean) {
    super();
  }

  override _call(ids: readonly unknown[]): boolean[] {
    return ids.map(() => this.isOver());
  }
}

/** The text that a model writes on after: in its own form of a conversation, where it has one. */
export function toPrompt(tokenizer: PreTrainedTokenizer, turns: readonly ChatTurn[]): string {
  if (tokenizer.chat_template !== null) {
    return tokenizer.apply_chat_template([...turns], { tokenize: false, add_generation_prompt: true });
  }
  const [only] = turns;
  // A model that was not taught to chat goes on with what it reads.
  if (turns.length <= 1) return only?.content ?? '';
  return [...turns.map(({ role, content }) => `${role}: ${content}`), 'assistant:'].join('\n');
}
