import {
  type EmbedReply,
  type GenerateReply,
  type ImageReply,
  type ListedModel,
  type ModelCall,
  type Provider,
  type ProviderDescription,
  type ProviderErrorCode,
  type ProviderSettings,
} from '@switchyard/contract';
import { type WireAnswer } from './scripts.js';

/** The key that every provider of the suite is made with; it is searched for in every error. */
export const CANARY_KEY = 'sk-canary-0123456789abcdefghijklmnop';

/** The request that a call must turn into. */
export interface SentRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** With the base path and the query. */
  readonly path: string;
  /** Headers that matter, in lower case; null where there must be none of that name. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** The JSON of the body; absent where there must be none. */
  readonly body?: unknown;
}

/** One call, what must be sent for it, what the vendor answers, and what must come back (`raw` is the answer itself). */
export interface Exchange<Reply> {
  readonly name: string;
  readonly call: ModelCall;
  readonly sent: SentRequest;
  readonly answer: WireAnswer;
  readonly reply: Omit<Reply, 'raw'>;
}

/** What a vendor may report as usage: nothing, zeros, a negative count, a text for a count. */
export type UsageVariant = 'missing' | 'zero' | 'negative' | 'text';

/** An answer of the vendor that differs only in its usage. */
export type WithUsage = (variant: UsageVariant) => WireAnswer;

export interface GenerateFixtures {
  readonly exchanges: readonly [Exchange<GenerateReply>, ...Exchange<GenerateReply>[]];
  readonly withUsage: WithUsage;
}

export interface StreamFixtures extends GenerateFixtures {
  /** Streams that end in order, but without saying that they are complete. */
  readonly incomplete: Readonly<Record<string, WireAnswer>>;
  /** Streams of status 200 in which the vendor reports an error. */
  readonly errors: readonly { readonly name: string; readonly answer: WireAnswer; readonly code: ProviderErrorCode }[];
}

export interface ToolFixtures {
  readonly generate: readonly [Exchange<GenerateReply>, ...Exchange<GenerateReply>[]];
  readonly stream: readonly Exchange<GenerateReply>[];
}

export interface ListFixture {
  readonly sent: SentRequest;
  readonly answer: WireAnswer;
  readonly models: readonly ListedModel[];
}

export interface ModelInfoFixtures {
  readonly model: string;
  readonly sent: SentRequest;
  readonly found: WireAnswer;
  /** Everything that the vendor answers when it does not have the model, in turn. */
  readonly missing: readonly WireAnswer[];
}

/** An answer to every capability. A provider that is asked for one more does not compile until it has answered. */
export interface CapabilityTable {
  readonly generate: GenerateFixtures | 'unsupported';
  readonly stream: StreamFixtures | 'unsupported';
  readonly tools: ToolFixtures | 'unsupported';
  /** Answers that must be JSON, with a schema and without. */
  readonly json: readonly Exchange<GenerateReply>[] | 'unsupported';
  readonly imageInput: readonly Exchange<GenerateReply>[] | 'unsupported';
  readonly audioInput: readonly Exchange<GenerateReply>[] | 'unsupported';
  readonly fileInput: readonly Exchange<GenerateReply>[] | 'unsupported';
  readonly code: readonly Exchange<GenerateReply>[] | 'unsupported';
  readonly embed: readonly [Exchange<EmbedReply>, ...Exchange<EmbedReply>[]] | 'unsupported';
  readonly image: readonly [Exchange<ImageReply>, ...Exchange<ImageReply>[]] | 'unsupported';
  readonly listModels: ListFixture;
  readonly getModelInfo: ModelInfoFixtures;
}

/** An error as the vendor documents it. */
export interface ErrorFixture {
  readonly name: string;
  readonly answer: WireAnswer;
  readonly code: ProviderErrorCode;
  readonly retryAfterSeconds?: number;
  /** A part of the message; the suite sees to it that no secret is in it. */
  readonly message?: string;
}

/** One adapter under test. */
export interface ProviderSubject {
  readonly description: ProviderDescription;
  createProvider(settings: ProviderSettings): Provider;
  /** The path of its API below the host, such as `/v1`; it goes into `baseURL`. */
  readonly basePath: string;
  /** Changes to the settings that the suite makes, such as further `options`. */
  readonly settings?: Partial<ProviderSettings>;
  readonly capabilities: CapabilityTable;
  readonly errors: readonly ErrorFixture[];
}
