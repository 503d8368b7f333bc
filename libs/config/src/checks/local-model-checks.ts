import type { ProviderKind } from '@switchyard/contract';
import type { Place } from './place.js';

/** Kinds whose models have a precision that can be chosen, and kinds whose server fetches models when it is told to. */
const KINDS_OF = {
  quantization: ['ollama', 'huggingface'],
  pull: ['ollama'],
} as const satisfies Readonly<Record<string, readonly ProviderKind[]>>;

/** Reports what only local models have where a provider of another kind is to have it. */
export function checkLocalModel(model: Place, kind: ProviderKind | undefined): void {
  for (const key of ['quantization', 'pull'] as const) checkKind(model, key, kind);
}

/** Reports `pull` at a provider that fetches nothing. */
export function checkPull(provider: Place, kind: string): void {
  checkKind(provider, 'pull', kind);
}

function checkKind(owner: Place, key: keyof typeof KINDS_OF, kind: string | undefined): void {
  const place = owner.at(key);
  if (!place.exists || place.is(false) || kind === undefined) return;
  const kinds: readonly string[] = KINDS_OF[key];
  if (!kinds.includes(kind)) {
    place.fault(`means nothing to a provider of the kind ${kind}; remove it, or use one of ${kinds.join(', ')}`);
  }
}
