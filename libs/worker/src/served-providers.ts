import { isDeepStrictEqual } from 'node:util';
import type { AppProcess } from '@switchyard/config';
import type { ModelSettings, Provider, ProviderSettings } from '@switchyard/contract';
import type { Logger } from '@switchyard/telemetry';
import { authorizeEarly } from './authorize-early.js';
import { prepareProviders } from './prepare-providers.js';
import { ProviderPump, type PumpTools } from './provider-pump.js';

/** A provider's adapter, made of its settings. */
export interface MadeProvider {
  readonly settings: ProviderSettings;
  readonly provider: Provider;
}

interface ServedTools {
  readonly queue: Pick<AppProcess['queue'], 'consumeEntries'>;
  readonly logger: Logger;
  /** @throws Error that names the setting at fault and its mend. */
  readonly create: (settings: ProviderSettings) => Provider | Promise<Provider>;
  readonly toolsOf: (settings: ProviderSettings) => PumpTools;
  /** Whether a provider fetches its first token before a job waits for it. */
  readonly authorizesEarly: boolean;
}

interface Served extends MadeProvider {
  readonly pump: ProviderPump;
  /** Ends what goes on in the background. */
  readonly leave: () => void;
}

/** Jobs of a provider that has changed end when their own time is up, not before, in milliseconds. */
const NO_HURRY_MS = 2 ** 31 - 1;
/** Finding a GPU may take as long as its driver does, in milliseconds. */
const FACTS_LIMIT_MS = 60_000;

/**
 * The providers that a worker serves, as they are configured at the moment: one that is new gets its queue, one that has
 * changed a new connection while its calls end on the old one, one that is gone takes no more jobs.
 */
export class ServedProviders {
  readonly #served = new Map<string, Served>();
  readonly #consumers = new Map<string, ReturnType<ServedTools['queue']['consumeEntries']>>();
  readonly #retired = new Map<Served, Promise<void>>();
  #turn: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(private readonly tools: ServedTools) {}

  get names(): readonly string[] {
    return [...this.#served.keys()];
  }

  /** Those too whose jobs are still ending. */
  get pumps(): readonly ProviderPump[] {
    return [...this.#served.values(), ...this.#retired.keys()].map(({ pump }) => pump);
  }

  find(name: string): MadeProvider | undefined {
    return this.#served.get(name);
  }

  /** Begins with providers that are made already. */
  begin(made: readonly MadeProvider[]): void {
    for (const each of made) this.#serve(each);
  }

  wake(): void {
    for (const { pump } of this.#served.values()) pump.wake();
  }

  /** Serves these and no others. Resolves when each is as it is wanted, or was reported: one cannot stop the others. */
  apply(wanted: readonly ProviderSettings[]): Promise<void> {
    this.#turn = this.#turn.then(() => this.#apply(wanted));
    return this.#turn;
  }

  /** Takes no more jobs, lets those that run end for the grace, then puts them back. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    await this.#turn;
    for (const { leave } of this.#served.values()) leave();
    await Promise.all([...this.#consumers.values()].map((consumer) => consumer.close()));
    await Promise.all(this.pumps.map((pump) => pump.drain(graceMs)));
    await Promise.all(this.#retired.values());
  }

  /** Closes every connection; nothing calls any more. */
  async close(): Promise<void> {
    await Promise.all([...this.#served.values()].map(({ provider }) => provider.close()));
  }

  async #apply(wanted: readonly ProviderSettings[]): Promise<void> {
    const names = new Set(wanted.map(({ name }) => name));
    for (const name of this.names.filter((each) => !names.has(each))) await this.#drop(name);
    for (const settings of wanted) {
      if (this.#stopped) return;
      const present = this.#served.get(settings.name);
      if (present && isDeepStrictEqual(seenByAdapter(present.settings), seenByAdapter(settings))) continue;
      try {
        this.#serve({ settings, provider: await this.tools.create(settings) });
        this.tools.logger.info({ provider: settings.name }, present ? 'the provider has changed' : 'a new provider');
      } catch (error) {
        const message = 'the provider cannot be served as it is configured now; mend it through the control plane';
        this.tools.logger.error({ provider: settings.name, error, servesAsBefore: present !== undefined }, message);
      }
    }
  }

  #serve(made: MadeProvider): void {
    const { settings, provider } = made;
    const { name } = settings;
    const { logger } = this.tools;
    const named = [{ name, provider }];
    const endings = [prepareProviders(named, logger)];
    if (this.tools.authorizesEarly) endings.push(authorizeEarly(named, logger));
    const pump = new ProviderPump(settings, provider, this.tools.toolsOf(settings));
    const before = this.#served.get(name);
    this.#served.set(name, { ...made, pump, leave: () => endings.forEach((end) => end()) });
    if (before) this.#retire(before);
    if (before?.settings.concurrency !== settings.concurrency) this.#consume(settings);
    void tellFacts(name, provider, logger);
    pump.wake();
  }

  #consume({ name, concurrency }: ProviderSettings): void {
    void this.#consumers.get(name)?.close();
    const onEntry = async (): Promise<void> => this.#served.get(name)?.pump.wake();
    this.#consumers.set(name, this.tools.queue.consumeEntries(name, { concurrency, onEntry }));
  }

  async #drop(name: string): Promise<void> {
    const before = this.#served.get(name);
    if (!before) return;
    this.#served.delete(name);
    this.#retire(before);
    const consumer = this.#consumers.get(name);
    this.#consumers.delete(name);
    await consumer?.close();
    this.tools.logger.info({ provider: name }, 'the provider is gone; its jobs that run end');
  }

  #retire(before: Served): void {
    before.leave();
    const ended = before.pump
      .drain(NO_HURRY_MS)
      .then(() => before.provider.close())
      .catch((error: unknown) => this.tools.logger.warn({ provider: before.settings.name, error }, 'closing failed'))
      .finally(() => this.#retired.delete(before));
    this.#retired.set(before, ended);
  }
}

/** What an adapter may have been made of: what a model costs, or who may use it, is no reason to connect anew. */
function seenByAdapter({ models = [], ...settings }: ProviderSettings): unknown {
  const seen = models.map(({ id, providerModel, capabilities, versions, options }: ModelSettings) => {
    const names = Object.entries(versions).map(([name, version]) => [name, version.providerModel, version.provider]);
    return { id, providerModel, capabilities, names, options };
  });
  return { ...settings, models: seen };
}

/** Not waited for: a process that works need not know all of itself yet. */
async function tellFacts(name: string, provider: Provider, logger: Logger): Promise<void> {
  try {
    const facts = await provider.facts?.(AbortSignal.timeout(FACTS_LIMIT_MS));
    if (facts) logger.info({ provider: name, ...facts }, 'this is what the provider runs on');
  } catch (error) {
    logger.warn({ provider: name, error }, 'what the provider runs on is not known');
  }
}
