import { Inject, Injectable } from '@nestjs/common';
import {
  CHANGED_TOPIC,
  changeEntries,
  getEntry,
  listEntries,
  readChanges,
  showConfiguration,
  type Author,
  type ChangedEntry,
  type CollectionName,
  type EntryChange,
  type EntryView,
  type ShownEntry,
} from '@switchyard/config';
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
    const entries = listEntries(this.context.app.configuration.current, collection).map(({ view }) => view);
    const rest = after === undefined ? entries : entries.filter(({ name }) => name > after);
    const data = rest.slice(0, limit);
    const last = data.at(-1);
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
