/** Every kind of provider that a configuration may name. New ones come last: the place of each decides its worker's port. */
export const PROVIDER_KINDS = [
  'openai',
  'anthropic',
  'vertex',
  'anthropic_vertex',
  'azure_openai',
  'groq',
  'copilot',
  'ollama',
  'huggingface',
  'stable_diffusion',
  'custom',
  'simulator',
] as const;
export type ProviderKind = (typeof PROVIDER_KINDS)[number];

/** What a model can be asked for. */
export const CAPABILITIES = [
  'generation',
  'code',
  'tools',
  'json',
  'image_input',
  'audio_input',
  'file_input',
  'embedding',
  'image',
  'moderation',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** What a client may submit as a job. */
export const JOB_TYPES = ['generation', 'code', 'embedding', 'image'] as const;
export type JobType = (typeof JOB_TYPES)[number];

/** The capability that a model needs for a job of each type. */
export const CAPABILITY_OF_JOB = {
  generation: 'generation',
  code: 'code',
  embedding: 'embedding',
  image: 'image',
} as const satisfies Record<JobType, Capability>;

/** Kinds that nobody can call without a secret, so that one without is refused at the start. */
export const KINDS_WITH_SECRET: readonly ProviderKind[] = ['openai', 'anthropic', 'azure_openai', 'groq', 'copilot'];

/** Kinds whose models run on this machine, and so may serve `localOnly` unless their provider says otherwise. */
export const LOCAL_KINDS: readonly ProviderKind[] = ['ollama', 'huggingface', 'stable_diffusion', 'simulator'];

/** The app that serves providers of a kind. */
export function workerOf(kind: ProviderKind): string {
  return `worker-${(kind === 'simulator' ? 'custom' : kind).replaceAll('_', '-')}`;
}
