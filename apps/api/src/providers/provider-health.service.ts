import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { bookCost } from '@switchyard/budget';
import {
  AUTH_KINDS,
  GatewayError,
  nanoUsd,
  PROVIDER_DESCRIPTIONS,
  type AuthStatus,
  type ProviderSettings,
  type TokenReport,
} from '@switchyard/contract';
import type { Submitter } from '@switchyard/gate';
import {
  readCircuits,
  readHealth,
  readHello,
  readToken,
  type Answered,
  type Circuit,
  type ControlError,
  type HealthAnswer,
  type HelloAnswer,
  type Word,
} from '@switchyard/jobs';
import type { RegisteredProvider } from '@switchyard/registry';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { overloaded } from '../errors/overloaded.js';
import { timely } from '../http/timely.js';

/** How long each question waits for its answer, in milliseconds. */
const LIMITS = { health: 10_000, token: 20_000, hello: 30_000 } as const;

/** What is known of a provider at this moment. */
export interface ProviderHealth {
  readonly name: string;
  /** Null: it answers. */
  readonly error: ControlError | null;
  readonly auth: AuthStatus;
  /** Null where it was not asked. */
  readonly latencyMs: number | null;
  /** As its vendor lists them. */
  readonly models: readonly string[];
  /** What it runs on, such as `device`. */
  readonly facts: HealthAnswer['facts'];
  /** Characters of its answer to "Hello"; null where it was not said, or not answered. */
  readonly testResponseLength: number | null;
  /** Of its models the worst. */
  readonly circuit: Circuit['circuit'] | 'closed';
}

/** What a question to the provider tells of it. */
export type AskedHealth = Omit<ProviderHealth, 'circuit'>;

/** Asks providers how they are, each through a worker of its own. */
@Injectable()
export class ProviderHealthService {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  async read(name: string): Promise<ProviderHealth> {
    const { settings, enabled } = this.#find(name);
    const [asked, circuit] = await Promise.all([
      this.#ask({ settings, enabled }, 'health', readHealth),
      this.#circuitOf(name),
    ]);
    return { ...('error' in asked ? unknownHealth(settings, asked.error) : healthOf(name, asked.answer)), circuit };
  }

  /** Every provider that is switched on. @param probe whether to say "Hello" to each, which is booked as a cost */
  async readAll(probe: boolean, submitter: Submitter): Promise<readonly AskedHealth[]> {
    const enabled = this.context.registry.listProviders().filter((each) => each.enabled);
    return await Promise.all(
      enabled.map(({ settings }) => (probe ? this.#greet(settings, submitter) : this.read(settings.name))),
    );
  }

  /** @throws GatewayError that says why there is no token */
  async testToken(name: string): Promise<TokenReport> {
    const asked = await this.#ask(this.#find(name), 'token', readToken);
    if ('answer' in asked) return asked.answer;
    throw toGatewayError(asked.error);
  }

  async #circuitOf(name: string): Promise<ProviderHealth['circuit']> {
    const circuits = (await readCircuits(this.context.app.database)).filter(({ provider }) => provider === name);
    return circuits.find(({ circuit }) => circuit === 'open')?.circuit ?? circuits[0]?.circuit ?? 'closed';
  }

  async #greet(settings: ProviderSettings, submitter: Submitter): Promise<AskedHealth> {
    let task = 0n;
    const asked = await this.#ask({ settings, enabled: true }, 'hello', (answer, id) => {
      task = id;
      return readHello(answer);
    });
    if ('error' in asked) return unknownHealth(settings, asked.error);
    const { word, ...health } = asked.answer;
    if (word && word.costNano > 0n) await this.#book(word, settings.name, task, submitter);
    return healthOf(settings.name, health, word?.length);
  }

  /** What a vendor charges is in the books, also where no job asked for it. */
  async #book(word: Word, provider: string, task: bigint, { key, tenantId }: Submitter): Promise<void> {
    const { model, costNano, promptTokens, completionTokens } = word;
    const idempotencyKey = `hello-${task}`;
    await bookCost(this.context.app.database, {
      tenantId,
      key: null,
      provider,
      model,
      cost: nanoUsd(costNano),
      promptTokens,
      completionTokens,
      description: 'A "Hello" to test the provider.',
      bookedBy: { keyId: key.id, tenantId },
      idempotencyKey,
      digest: createHash('sha256').update(idempotencyKey).digest('hex'),
    });
  }

  #find(name: string): RegisteredProvider {
    const found = this.context.registry.provider(name);
    if (found) return found;
    throw new GatewayError('not_found_error', 'There is no provider of this name; GET /v1/providers lists them.');
  }

  async #ask<Answer>(
    { settings, enabled }: RegisteredProvider,
    kind: keyof typeof LIMITS,
    read: (answer: unknown, id: bigint) => Answered<Answer>,
  ): Promise<Answered<Answer>> {
    const { name } = settings;
    if (!enabled) return { error: { code: 'disabled', message: `modules switches the provider ${name} off.` } };
    if (!PROVIDER_DESCRIPTIONS[settings.kind].supported) {
      const message = `This version does not speak to providers of the kind ${settings.kind}.`;
      return { error: { code: 'unsupported', message } };
    }
    const { desk, leaving } = this.context;
    const limitMs = LIMITS[kind];
    const question = { provider: name, kind };
    const outcome = await timely(() => desk.ask(question, { limitMs, signal: leaving }), limitMs).catch(
      (error: unknown) => {
        throw leaving.aborted ? overloaded() : error;
      },
    );
    switch (outcome.state) {
      case 'answered':
        return read(outcome.answer, outcome.id);
      case 'untaken': {
        const message = `No worker took the question: start one for the provider ${name}, or see why it is busy in its log.`;
        return { error: { code: 'no_worker', message } };
      }
      case 'unanswered':
        return { error: { code: 'timeout_error', message: `The worker of ${name} did not answer in time.` } };
    }
  }
}

function healthOf(
  name: string,
  { error, auth, latencyMs, ...health }: HealthAnswer | Omit<HelloAnswer, 'word'>,
  testResponseLength: number | null = null,
): AskedHealth {
  const { models, facts } = 'models' in health ? health : NOTHING_MORE;
  return { name, error, auth, latencyMs, models, facts, testResponseLength };
}

/** Of a provider that nobody could ask. */
function unknownHealth({ name, apiKey, options }: ProviderSettings, error: ControlError): AskedHealth {
  const block: unknown = options['auth'];
  const named: unknown = typeof block === 'object' && block !== null && 'kind' in block ? block.kind : undefined;
  const keyed = apiKey !== undefined || options['keys'] !== undefined ? 'api_key' : 'none';
  const kind = AUTH_KINDS.find((known) => known === named) ?? keyed;
  const auth: AuthStatus = { kind, status: 'unknown', expiresAt: null };
  return { name, error, auth, latencyMs: null, ...NOTHING_MORE, testResponseLength: null };
}

const NOTHING_MORE: Pick<ProviderHealth, 'models' | 'facts'> = { models: [], facts: {} };

function toGatewayError({ code, message }: ControlError): GatewayError {
  switch (code) {
    case 'disabled':
    case 'unsupported':
      return new GatewayError('conflict_error', message, { code });
    case 'no_worker':
      return new GatewayError('overloaded_error', message, { code, retryAfterSeconds: 5 });
    case 'timeout_error':
      return new GatewayError('timeout_error', message);
    default:
      return new GatewayError('provider_error', message, { code });
  }
}
