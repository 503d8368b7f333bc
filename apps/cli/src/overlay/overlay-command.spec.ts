import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeEntries, loadConfiguration, type EntryChange } from '@switchyard/config/launch';
import { syncTenants } from '@switchyard/config';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import { runCommand } from '../run-command.js';

const secrets = { secret: 'a secret of more than 32 bytes, for specs', adminKey: 'sk-admin-0123456789abcdef' };

describe('switchyard overlay', () => {
  let test: TestDatabase;
  let folder: string;
  const before = { ...process.env };

  beforeAll(async () => {
    test = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'switchyard-overlay-'));
    const path = join(folder, 'switchyard.yaml');
    await writeFile(path, 'tenants: { acme: {}, globex: {} }');
    const file = await loadConfiguration({ path, explicit: true, env: {} });
    await syncTenants(test.database, file, secrets);
    await changeEntries(
      { database: test.database, file, secrets },
      [
        ...['a/b', 'c'].map((name) => ({
          ...{ collection: 'budgets', name, kind: 'put' },
          body: { tenant: 'globex', dailyLimit: '5' },
        })),
        { collection: 'providers', name: 'own', kind: 'put', body: { kind: 'openai', apiKey: 'sk-canary-0123456789' } },
      ] as EntryChange[],
      { by: 'ops', requestId: 'spec' },
    );
    await writeFile(path, 'tenants: { acme: {} }');
    Object.assign(process.env, {
      DATABASE_URL: test.url,
      SWITCHYARD_SECRET: secrets.secret,
      SWITCHYARD_CONFIG: path,
    });
  }, 60_000);
  afterAll(async () => {
    process.env = before;
    await test.drop();
    await rm(folder, { recursive: true });
  });

  /** What the command writes, and its status. */
  async function run(...words: string[]): Promise<[number, string]> {
    const written: string[] = [];
    const write = (text: unknown): boolean => written.push(String(text)) > 0;
    const spies = [process.stdout, process.stderr].map((stream) =>
      jest.spyOn(stream, 'write').mockImplementation(write),
    );
    try {
      return [await runCommand(['overlay', ...words]), written.join('')];
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  }

  it('shows what lies over the file, takes out what does not fit it any more, all at once or nothing', async () => {
    const line = (name: string): string => `${name}  changed by ops at \\S+Z\\n`;
    const [status, listed] = await run('list');
    expect([status, listed]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^${line('budgets/a/b')}${line('budgets/c')}${line('providers/own')}$`)),
    ]);
    // The other one would still not fit.
    const [refused, why] = await run('drop', 'budgets/a/b');
    expect([refused, why]).toEqual([1, expect.stringMatching(/budgets\/c\.tenant`: no tenant is named "globex"/)]);
    expect(await run('drop', 'budgets/a/b', 'budgets/c', 'providers/own')).toEqual([
      0,
      'budgets/a/b is deleted\nbudgets/c is deleted\nproviders/own is deleted\n',
    ]);
    expect(await run('list')).toEqual([0, '']);
  });

  it('lists without the secret, which only a change needs', async () => {
    const { SWITCHYARD_SECRET: _secret, ...without } = process.env;
    const all = process.env;
    process.env = without;
    try {
      expect(await run('list')).toEqual([0, '']);
      expect(await run('drop', 'budgets/a')).toEqual([1, expect.stringContaining('SWITCHYARD_SECRET is not set')]);
    } finally {
      process.env = all;
    }
  });

  it.each([[[]], [['drop']], [['drop', 'budgets']], [['drop', 'nothing/x']], [['list', 'x']], [['nonsense']]])(
    'says what it takes where it is told %j',
    async (words) => {
      expect(await run(...words)).toEqual([1, expect.stringContaining('overlay drop budgets/acme')]);
    },
  );

  it('does not know what there is not', async () => {
    expect(await run('drop', 'budgets/none')).toEqual([1, expect.stringContaining('There is no budget "none"')]);
  });
});
