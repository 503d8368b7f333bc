import { badReply, isObject } from '@switchyard/provider-kit';

/** A model file of the server. */
export interface Checkpoint {
  /** Without folder and ending: `v1-5-pruned-emaonly`. */
  readonly name: string;
  /** Everything else that it may be called by, such as `v1-5-pruned-emaonly.safetensors [6ce0161689]`. */
  readonly others: readonly string[];
}

/** Reads the answer of `GET /sdapi/v1/sd-models`. @throws ProviderError `bad_response` for what is no list of models. */
export function readCheckpoints(raw: unknown): readonly Checkpoint[] {
  if (!Array.isArray(raw)) throw badReply('no list of models');
  return raw.map((entry: unknown) => {
    if (!isObject(entry) || typeof entry.model_name !== 'string') throw badReply('a model without a name');
    const { model_name: name, title, hash, sha256, filename } = entry;
    return { name, others: [title, hash, sha256, filename].filter((other) => typeof other === 'string') };
  });
}

/** Whether the server knows the checkpoint by this name; a path is known by its last part. */
export function isNameOf(name: string, { name: own, others }: Checkpoint): boolean {
  return others.includes(name) || stemOf(name) === own;
}

/** `./models/v1-5-pruned.safetensors [6ce0161689]` → `v1-5-pruned`. */
export function stemOf(name: string): string {
  const file = name.replace(/ \[[0-9a-f]+\]$/, '').replace(/^.*[/\\]/, '');
  return file.replace(/\.(?:safetensors|ckpt|pt|pth|gguf)$/i, '');
}
