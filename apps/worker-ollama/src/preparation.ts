import {
  type CallContext,
  type ModelSettings,
  type Preparation,
  ProviderError,
  type ProviderErrorCode,
  type ProviderSettings,
} from '@switchyard/contract';
import { type OllamaConnection } from './connection.js';
import { createModel, pullModel, showModel } from './models.js';
import { namesOf, type Variant, variantOf } from './variants.js';

/** Precisions of which a server makes others. */
const FULL_PRECISION = ['F16', 'BF16', 'F32'];
/** What may be over with the next try. */
const PASSING: readonly ProviderErrorCode[] = ['network', 'overloaded', 'rate_limited', 'stream_interrupted'];
/** By when a model that is being made ready is asked for again, in seconds. */
const SOONEST_SECONDS = 5;
const LATEST_SECONDS = 60;
/** How long it takes to see whether the server has a model, in seconds. */
const LOOK_SECONDS = 1;

/** A model that calls need and the server may lack. */
interface WantedModel {
  /** The server's name of it: of the variant, where there is one. */
  readonly name: string;
  readonly from: string;
  readonly variant: Variant | undefined;
  /** Whether the server may fetch it from its library. */
  readonly pull: boolean;
}

/** `unreachable`: the server did not answer, and a call will be told the same. */
type State =
  | { readonly is: 'unknown' | 'ready' | 'unreachable' }
  | { readonly is: 'coming'; readonly since: number; readonly step: string; readonly fraction: number | undefined }
  | { readonly is: 'refused'; readonly reason: string };

type Report = (progress: Preparation) => void;

/** Which models calls may need that their server has to pull or make first, and how far it is with them. */
export class ModelPreparation {
  readonly #wanted: ReadonlyMap<string, WantedModel>;
  readonly #states = new Map<string, State>();

  /** @param connection One that gives the server as long as it takes. */
  constructor(
    settings: ProviderSettings,
    private readonly connection: () => OllamaConnection,
  ) {
    const wanted = (settings.models ?? []).flatMap((model) => wantedOf(model, settings));
    this.#wanted = new Map(wanted.map((each) => [each.name, each]));
    for (const name of this.#wanted.keys()) this.#states.set(name, { is: 'unknown' });
  }

  get isNeeded(): boolean {
    return this.#wanted.size > 0;
  }

  /** @throws ProviderError `model_unavailable` for a model that is not ready, with a time where it is on its way. */
  expectReady(model: string): void {
    const state = this.#states.get(model);
    if (!state) return;
    switch (state.is) {
      case 'ready':
      case 'unreachable':
        return;
      case 'unknown':
        throw notReady(`${model} is looked for on the server.`, LOOK_SECONDS);
      case 'coming':
        throw notReady(`${model} is not ready yet: ${describe(state)}.`, secondsLeft(state));
      case 'refused':
        throw notReady(`${model} could not be made ready: ${state.reason}`);
    }
  }

  /** What is not ready, by model, in words. */
  facts(): Readonly<Record<string, string>> {
    const facts: Record<string, string> = {};
    for (const [model, state] of this.#states) {
      if (state.is === 'coming') facts[model] = describe(state);
      if (state.is === 'refused') facts[model] = state.reason;
    }
    return facts;
  }

  /** Makes ready what is not, one model after the other. @throws ProviderError for the first that could not be. */
  async prepare(context: CallContext, report: Report): Promise<void> {
    const failures: ProviderError[] = [];
    const settle = async (name: string, work: () => Promise<State>, otherwise: State): Promise<void> => {
      try {
        this.#states.set(name, await work());
      } catch (error) {
        context.signal.throwIfAborted();
        const failure = failureOf(error);
        failures.push(new ProviderError(failure.code, `${name} could not be made ready: ${failure.message}`));
        const passes = PASSING.includes(failure.code);
        this.#states.set(name, passes ? otherwise : { is: 'refused', reason: failure.message });
      }
    };
    const open = [...this.#wanted.values()].filter(({ name }) => this.#states.get(name)?.is !== 'ready');
    // What is there already waits for nothing that is not.
    for (const { name } of open) await settle(name, () => this.#look(name, context), { is: 'unreachable' });
    for (const wanted of open.filter(({ name }) => this.#states.get(name)?.is === 'coming')) {
      await settle(wanted.name, () => this.#make(wanted, context, report), coming('waiting for another try'));
    }
    const [first] = failures;
    if (first) throw first;
  }

  async #look(name: string, context: CallContext): Promise<State> {
    if (await showModel(this.connection(), name, context)) return { is: 'ready' };
    return coming('waiting for its turn');
  }

  async #make({ name, from, variant, pull }: WantedModel, context: CallContext, report: Report): Promise<State> {
    const connection = this.connection();
    const follow = (model: string, step: string): ((fraction: number | undefined) => void) => {
      const since = performance.now();
      const tell = (fraction: number | undefined): void => {
        this.#states.set(name, { is: 'coming', since, step, fraction });
        report({ model, step, ...(fraction !== undefined && { fraction }) });
      };
      tell(undefined);
      return tell;
    };
    let base = variant && (await showModel(connection, from, context));
    if (!base) {
      if (!pull) throw new ProviderError('model_unavailable', `The server does not have ${from}; ${PULL_MEND}`);
      await pullModel(connection, from, context, follow(from, 'pulling'));
      base = variant && (await showModel(connection, from, context));
    }
    if (variant && base) {
      const request = { model: name, from, ...quantizeFrom(base.precision, variant) };
      await createModel(connection, request, context, follow(name, `quantizing to ${variant.quantize}`));
    }
    return { is: 'ready' };
  }
}

function coming(step: string): State {
  return { is: 'coming', since: performance.now(), step, fraction: undefined };
}

const PULL_MEND = 'pull it there, or write pull: true at the provider or the model.';

function wantedOf(model: ModelSettings, { options }: ProviderSettings): WantedModel[] {
  const pull = (model.options?.pull ?? options.pull) === true;
  return namesOf(model).flatMap((from) => {
    const variant = variantOf(from, model.options);
    return pull || variant ? [{ name: variant?.name ?? from, from, variant, pull }] : [];
  });
}

/** A model that is as precise as is asked for only gets another name. */
function quantizeFrom(precision: string, { from, quantize }: Variant): { readonly quantize?: string } {
  if (precision === quantize.toUpperCase()) return {};
  if (FULL_PRECISION.includes(precision)) return { quantize };
  const mend = 'name one in full precision as its providerModel, such as one whose tag ends in fp16.';
  throw new ProviderError(
    'model_unavailable',
    `${from} is ${precision || 'of an unknown precision'} on the server, not ${quantize}; ${mend}`,
  );
}

function failureOf(error: unknown): ProviderError {
  return error instanceof ProviderError ? error : new ProviderError('network', 'The server did not answer in time.');
}

function notReady(message: string, retryAfterSeconds?: number): ProviderError {
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return new ProviderError('model_unavailable', message, { reachedVendor: false, ...wait });
}

function describe({ step, fraction }: State & { is: 'coming' }): string {
  return fraction === undefined ? step : `${step} ${Math.floor(fraction * 100)} %`;
}

/** By how long it took so far. */
function secondsLeft({ since, fraction = 0 }: State & { is: 'coming' }): number {
  const seconds = (performance.now() - since) / 1_000;
  const left = fraction > 0 ? (seconds * (1 - fraction)) / fraction : seconds;
  return Math.min(Math.max(Math.ceil(left), SOONEST_SECONDS), LATEST_SECONDS);
}
