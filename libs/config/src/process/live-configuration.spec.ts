import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import type { Queue } from '@switchyard/queue';
import { createLogger } from '@switchyard/telemetry';
import { changeEntries } from '../overlay/change-entries.js';
import type { EntryChange } from '../overlay/draft.js';
import { openSeal } from '../overlay/sealed-secrets.js';
import { parseConfiguration } from '../parse-configuration.js';
import { openKeyDirectory } from './key-directory.js';
import { LiveConfiguration } from './live-configuration.js';
import { syncTenants } from './sync-tenants.js';

const secrets = { secret: 'a secret of more than 32 bytes, for specs', adminKey: 'sk-admin-0123456789abcdef' };
const file = parseConfiguration([{ file: 'spec.yaml', text: 'tenants: { acme: {} }' }], {});

/** A queue whose every signal is lost. */
const SILENT = { subscribe: async () => () => undefined, onRecovered: () => () => undefined } as unknown as Queue;

describe('LiveConfiguration', () => {
  let test: TestDatabase;
  let log: string[];
  const opened: LiveConfiguration[] = [];

  beforeEach(async () => {
    test = await createTestDatabase();
    log = [];
    await syncTenants(test.database, file, secrets);
  }, 60_000);
  afterEach(async () => {
    for (const live of opened.splice(0)) await live.close();
    await test.drop();
  });

  async function open(own = file): Promise<LiveConfiguration> {
    const logger = createLogger({
      name: 'spec',
      level: 'debug',
      destination: { write: (line) => void log.push(line) },
    });
    const live = await LiveConfiguration.open({ file: own, database: test.database, seal: openSeal(secrets), logger });
    opened.push(live);
    return live;
  }
  const change = async (...changes: EntryChange[]): Promise<string | undefined> => {
    const tools = { database: test.database, file, secrets };
    const [changed] = await changeEntries(tools, changes, { by: 'spec', requestId: 'spec' });
    return changed?.madeKey;
  };
  const budget = (name: string): EntryChange => ({
    collection: 'budgets',
    name,
    kind: 'put',
    body: { dailyLimit: '5' },
  });
  const names = (live: LiveConfiguration): string[] => live.current.budgets.map(({ name }) => name);

  it('finds what was changed without any signal', async () => {
    const live = await open();
    await live.watch(SILENT);
    await change(budget('one'));
    while (names(live).length === 0) await test.database.ping();
    expect(names(live)).toEqual(['one']);
  });

  it('is one whole at any moment, with the keys that belong to it', async () => {
    const live = await open();
    const keys = await openKeyDirectory(test.database, secrets);
    await live.follow((transaction) => keys.read(transaction));
    const made = await change(
      { collection: 'keys', name: 'ci', kind: 'create', body: { tenant: 'acme' } },
      { collection: 'budgets', name: 'of-ci', kind: 'put', body: { key: 'ci', dailyLimit: '5' } },
    );
    const before = live.current;
    const refreshed = live.refresh();
    let done = false;
    void refreshed.then(() => (done = true));
    while (!done) {
      const known = keys.authenticate(String(made)) !== undefined;
      expect([known, names(live)]).toEqual([known, known ? ['of-ci'] : []]);
      await new Promise(setImmediate);
    }
    expect(keys.authenticate(String(made))).toMatchObject({ name: 'ci', tenant: 'acme' });
    expect(before.budgets).toEqual([]);
  });

  it('tells of each snapshot that comes into force, and not of none', async () => {
    const live = await open();
    const told: (readonly string[])[] = [];
    const leave = live.onChange(({ budgets }) => told.push(budgets.map(({ name }) => name)));
    await change(budget('one'));
    await live.refresh();
    await live.refresh();
    await change({ collection: 'budgets', name: 'one', kind: 'delete' });
    await live.refresh();
    expect(told).toEqual([['one'], []]);
    leave();
    await change(budget('two'));
    await live.refresh();
    expect(told).toHaveLength(2);
  });

  it('has in force what was committed before it was asked to read again, however many ask', async () => {
    const live = await open();
    await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        await change(budget(`budget-${index}`));
        await live.refresh();
        expect(names(live)).toContain(`budget-${index}`);
      }),
    );
  });

  it('stays as it was where a change does not fit its file, says so, and lets go of revoked keys all the same', async () => {
    const other = parseConfiguration([{ file: 'other.yaml', text: 'tenants: { globex: {} }' }], {});
    const live = await open(other);
    const keys = await openKeyDirectory(test.database, secrets);
    await live.follow((transaction) => keys.read(transaction));
    const made = await change({ collection: 'keys', name: 'ci', kind: 'create', body: { tenant: 'acme' } });
    await live.refresh();
    expect(live.current).toBe(other);
    expect(log.join('')).toContain('keys/ci, tenant: no tenant is named');
    expect(keys.authenticate(String(made))).toBeDefined();
    await change({ collection: 'keys', name: 'ci', kind: 'delete' }, budget('one'));
    await live.refresh();
    expect(keys.authenticate(String(made))).toBeUndefined();
    expect(names(live)).toEqual(['one']);
  });
});
