import type { Capability, ProviderKind } from './kinds.js';
import type { ProviderDescription } from './provider.js';

/** A kind of provider as `GET /v1/providers` lists it: what its adapter can do, and whether there is an adapter yet. */
export interface ListedProvider extends ProviderDescription {
  readonly supported: boolean;
}

const CHAT: readonly Capability[] = ['generation', 'code', 'tools', 'json'];
const OPENAI_DIALECT: readonly Capability[] = [
  ...CHAT,
  'image_input',
  'audio_input',
  'file_input',
  'embedding',
  'image',
];

const ANTHROPIC_DIALECT: readonly Capability[] = [...CHAT, 'image_input', 'file_input'];

/**
 * What each kind of provider can do. The one truth: adapters take their own entry, and who lists the kinds loads no
 * vendor's client for it. Where `supported` is false, the entry says what its adapter is going to do.
 */
export const PROVIDER_DESCRIPTIONS: Readonly<Record<ProviderKind, ListedProvider>> = {
  openai: { kind: 'openai', supported: true, streaming: true, capabilities: OPENAI_DIALECT },
  anthropic: { kind: 'anthropic', supported: true, streaming: true, capabilities: ANTHROPIC_DIALECT },
  vertex: {
    kind: 'vertex',
    supported: true,
    streaming: true,
    capabilities: [...CHAT, 'image_input', 'audio_input', 'file_input', 'embedding'],
  },
  anthropic_vertex: {
    kind: 'anthropic_vertex',
    supported: true,
    streaming: true,
    capabilities: ANTHROPIC_DIALECT,
  },
  azure_openai: { kind: 'azure_openai', supported: true, streaming: true, capabilities: OPENAI_DIALECT },
  groq: { kind: 'groq', supported: true, streaming: true, capabilities: [...CHAT, 'image_input'] },
  copilot: {
    kind: 'copilot',
    supported: true,
    streaming: true,
    capabilities: [...CHAT, 'image_input', 'audio_input', 'embedding'],
  },
  ollama: { kind: 'ollama', supported: true, streaming: true, capabilities: [...CHAT, 'image_input', 'embedding'] },
  huggingface: {
    kind: 'huggingface',
    supported: true,
    streaming: true,
    capabilities: [...CHAT, 'image_input', 'embedding'],
  },
  stable_diffusion: { kind: 'stable_diffusion', supported: true, streaming: false, capabilities: ['image'] },
  custom: { kind: 'custom', supported: true, streaming: true, capabilities: OPENAI_DIALECT },
  simulator: { kind: 'simulator', supported: true, streaming: true, capabilities: OPENAI_DIALECT },
};
