import {
  CAPABILITY_OF_JOB,
  PROVIDER_DESCRIPTIONS,
  PROVIDER_KINDS,
  type Capability,
  type ContentPart,
  type ModelRequest,
  type ProviderKind,
} from '@switchyard/contract';
import { leastPromptTokens, type ResolvedModel } from '@switchyard/registry';
import type { NeededWindow, SelectionContext, SelectionRequest } from './selection.js';

/** What a job asks of any model, worked out once. */
export interface Needs {
  readonly capabilities: readonly Capability[];
  readonly localOnly: boolean;
  /** Tokens that the window must hold. */
  readonly windowTokens: number;
  /** How they were counted; absent: they are what the prompt has at the very least. */
  readonly counted?: NeededWindow;
  readonly overflow?: string;
  readonly isEmbedding: boolean;
  readonly permissions: ReadonlySet<string>;
  readonly supportedKinds: ReadonlySet<ProviderKind>;
}

/** Why a model cannot take a job; the first of the list that holds is told. */
export type Obstacle =
  | { readonly kind: 'capability'; readonly capability: Capability }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'not_local' }
  | { readonly kind: 'permission'; readonly permission: string }
  | { readonly kind: 'window'; readonly contextWindow: number };

/** Whose models cut a text to be embedded at their own limit, and say so. */
const CUTTING_KINDS: ReadonlySet<ProviderKind> = new Set(['huggingface']);

const SUPPORTED_KINDS = new Set(PROVIDER_KINDS.filter((kind) => PROVIDER_DESCRIPTIONS[kind].supported));

/** Works out what a job asks of any model. */
export function needsOf(
  { type, request, selection, needed }: SelectionRequest,
  context: Pick<SelectionContext, 'permissions' | 'supportedKinds'>,
): Needs {
  return {
    capabilities: [
      CAPABILITY_OF_JOB[type],
      ...((request.tools ?? []).length > 0 ? (['tools'] as const) : []),
      ...capabilitiesOfParts(request),
    ],
    localOnly: selection?.localOnly === true,
    windowTokens: needed ? needed.promptTokens + (needed.maxTokens ?? 1) : leastPromptTokens(request),
    ...(needed ? { counted: needed } : {}),
    ...(request.overflow === undefined ? {} : { overflow: request.overflow }),
    isEmbedding: type === 'embedding',
    permissions: context.permissions,
    supportedKinds: context.supportedKinds ?? SUPPORTED_KINDS,
  };
}

const CAPABILITY_OF_PART = {
  text: undefined,
  image_url: 'image_input',
  audio: 'audio_input',
  file: 'file_input',
} as const satisfies Record<ContentPart['type'], Capability | undefined>;

/** What a model must be able to read beside text. */
function capabilitiesOfParts({ messages = [] }: ModelRequest): ReadonlySet<Capability> {
  const parts = messages.flatMap(({ content }) => (typeof content === 'string' ? [] : (content ?? [])));
  return new Set(parts.flatMap(({ type }) => CAPABILITY_OF_PART[type] ?? []));
}

/** @returns undefined for a model that can take the job */
export function obstacleOf(model: ResolvedModel, needs: Needs): Obstacle | undefined {
  for (const capability of needs.capabilities) {
    if (!model.capabilities.includes(capability)) return { kind: 'capability', capability };
  }
  if (!needs.supportedKinds.has(model.providerKind)) return { kind: 'unsupported' };
  if (!model.enabled) return { kind: 'disabled' };
  if (needs.localOnly && !model.local) return { kind: 'not_local' };
  const permission = model.requiredPermissions.find((needed) => !needs.permissions.has(needed));
  if (permission !== undefined) return { kind: 'permission', permission };
  const { contextWindow } = model;
  if (contextWindow === undefined || needs.windowTokens <= contextWindow || mayBeCut(model, needs)) return undefined;
  return { kind: 'window', contextWindow };
}

/** What is cut to the window, or refused by its worker, is too long for none; unless cutting was tried and does not help. */
function mayBeCut({ providerKind }: ResolvedModel, { overflow, counted, isEmbedding }: Needs): boolean {
  if (counted) return false;
  if (overflow?.startsWith('trim_')) return true;
  return isEmbedding && overflow !== 'refuse' && CUTTING_KINDS.has(providerKind);
}
