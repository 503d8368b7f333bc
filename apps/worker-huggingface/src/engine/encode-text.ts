import { type PreTrainedTokenizer } from '@huggingface/transformers';

/** A text as tokens. */
export interface Encoded {
  readonly ids: readonly number[];
  readonly cut: boolean;
}

/** Words are seldom longer; a beginning of so many characters for each token is encoded first. */
const CHARACTERS_PER_TOKEN = 16;

/**
 * The tokens of a text, at most so many: a longer one loses words at its end and keeps the tokens that frame it, as the
 * reference tokenizers do. Of a very long text no more is read than it takes, since tokenizing is slow.
 */
export function encodeText(tokenizer: PreTrainedTokenizer, text: string, limit: number): Encoded {
  for (let length = limit * CHARACTERS_PER_TOKEN; length < text.length; length *= 4) {
    const end = text.lastIndexOf(' ', length);
    if (end <= 0) continue;
    const beginning = encodeWhole(tokenizer, text.slice(0, end), limit);
    if (beginning.cut) return beginning;
  }
  return encodeWhole(tokenizer, text, limit);
}

function encodeWhole(tokenizer: PreTrainedTokenizer, text: string, limit: number): Encoded {
  const ids = tokenizer.encode(text);
  if (ids.length <= limit) return { ids, cut: false };
  const words = tokenizer.encode(text, { add_special_tokens: false });
  const frame = ids.length - words.length;
  const before = Array.from({ length: frame + 1 }, (_, place) => place).find(
    (place) => ids[place] === words[0] && ids[place + words.length - 1] === words.at(-1),
  );
  if (before === undefined || limit <= frame) return { ids: ids.slice(0, limit), cut: true };
  const kept = words.slice(0, limit - frame);
  return { ids: [...ids.slice(0, before), ...kept, ...ids.slice(before + words.length)], cut: true };
}
