import { Inject, Injectable } from '@nestjs/common';
import {
  CHANGED_TOPIC,
  changeEntries,
  changeOfVersion,
  getEntry,
  getVersion,
  listEntries,
  listVersions,
  readChanges,
  showConfiguration,
  versionIn,
  type Author,
  type ChangedEntry,
  type CollectionName,
  type EntryChange,
  type EntryView,
  type ShownEntry,
  type VersionChange,
  type VersionView,
} from '@switchyard/config';
import { workerOf } from '@switchyard/contract';
import { runsWorker } from '@switchyard/jobs';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { timely } from '../http/timely.js';
import { readNameCursor, writeNameCursor, type ListEntriesQuery } from './list-entries.query.js';

/** A page of entries, by name. */
export interface EntryList {
  readonly data: readonly EntryView[];
  readonly nextCursor: string | null;
}

/** Shows and changes the configuration that is running. */
@Injectable()
export class ControlPlaneService {
  /** Resolves when the change that was asked for last has ended. */
  #last = Promise.resolve();

  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  list(collection: CollectionName, { limit, cursor }: ListEntriesQuery): EntryList {
    const after = cursor === undefined ? undefined : readNameCursor(cursor);
    const entries = listEntries(this.context.app.configuration.current, collection);
    const rest = after === undefined ? entries : entries.filter(({ name }) => name > after);
    const page = rest.slice(0, limit);
    const last = page.at(-1);
    const data = page.map(({ view }) => view);
    return { data, nextCursor: last && rest.length > limit ? writeNameCursor(last.name) : null };
  }

  /** @throws GatewayError (404) */
  read(collection: CollectionName, name: string): ShownEntry {
    return getEntry(this.context.app.configuration.current, collection, name);
  }

  async change(change: EntryChange, author: Author): Promise<ChangedEntry> {
    const [changed] = await this.#change([change], author);
    if (!changed) throw new Error('A change of the configuration came to nothing.');
    return changed;
  }

  /** @throws GatewayError (404) */
  listVersions(model: string): readonly VersionView[] {
    return listVersions(this.context.app.configuration.current, model);
  }

  /** @throws GatewayError (404) */
  readVersion(model: string, version: string): { readonly view: VersionView; readonly etag: string } {
    return getVersion(this.context.app.configuration.current, model, version);
  }

  /** Registers or promotes a version. */
  async changeVersion(
    change: VersionChange,
    author: Author,
  ): Promise<{ readonly view: VersionView; readonly etag: string; readonly created: boolean }> {
    const { models } = this.context.app.configuration.current;
    const created = models.get(change.model)?.versions[change.version] === undefined;
    const { entry } = await this.change(changeOfVersion(change), author);
    if (!entry) throw new Error('A model was written and is not there.');
    return { view: versionIn(entry.view, change.version), etag: entry.etag, created };
  }

  async retireVersion(change: VersionChange, author: Author): Promise<void> {
    await this.change(changeOfVersion(change), author);
  }

  /** Why a provider that was changed is not served yet; undefined where it is, or is switched off. */
  async warningOf(provider: string): Promise<string | undefined> {
    const { database, configuration } = this.context.app;
    const { providers, modules } = configuration.current;
    const kind = providers.get(provider)?.kind;
    if (kind === undefined || modules[provider] === false) return undefined;
    const worker = workerOf(kind);
    if (await runsWorker(database, worker).catch(() => true)) return undefined;
    return `No ${worker} runs yet: jobs of ${provider} wait until one does. npm start starts it by itself; elsewhere start it.`;
  }

  showAll(): object {
    return showConfiguration(this.context.app.configuration.current);
  }

  /** Merges a part of a configuration into what is running. @returns all of it */
  async mergeAll(body: unknown, author: Author): Promise<object> {
    await this.#change(readChanges(this.context.app.configuration.current, body), author);
    return this.showAll();
  }

  /**
   * In force in this process when it resolves, and in the others within two seconds. Changes of one process wait for
   * each other here, where that takes no connection from those who submit jobs.
   */
  async #change(changes: readonly EntryChange[], author: Author): Promise<readonly ChangedEntry[]> {
    return await timely(async (signal) => {
      const before = this.#last;
      const turn = Promise.withResolvers<void>();
      this.#last = turn.promise;
      await before;
      try {
        signal.throwIfAborted();
        return await this.#commit(changes, author);
      } finally {
        turn.resolve();
      }
    });
  }

  async #commit(changes: readonly EntryChange[], author: Author): Promise<readonly ChangedEntry[]> {
    const { configuration, database, environment, queue, secret } = this.context.app;
    const secrets = { secret, previousSecret: environment.previousSecret };
    const changed = await changeEntries({ database, file: configuration.file, secrets }, changes, author);
    queue.publish(CHANGED_TOPIC, {});
    // It is committed: where it cannot be read just now, the look by the clock finds it.
    await configuration.refresh().catch(() => undefined);
    return changed;
  }
}
