import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sql } from '@switchyard/database';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import { claimControlTasks } from '@switchyard/jobs';
import { runCommand } from '../run-command.js';

describe('commands about providers', () => {
  let test: TestDatabase;
  let printed: string;
  const before = process.env['DATABASE_URL'];

  beforeAll(async () => {
    test = await createTestDatabase();
    process.env['DATABASE_URL'] = test.url;
  });
  beforeEach(() => {
    printed = '';
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((text) => {
        printed += String(text);
        return true;
      });
    }
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    process.env['DATABASE_URL'] = before;
    if (before === undefined) delete process.env['DATABASE_URL'];
    await test.drop();
  });

  /** Answers the one question that a command asks, as a worker does. */
  async function answerWith(answer: object): Promise<string> {
    for (;;) {
      const [task] = await claimControlTasks(test.database, { workerId: 1, providers: ['gateway'], atMost: 1 });
      if (!task) continue;
      await test.database.query(sql`select answer_control_task(${task.id}, 1, ${JSON.stringify(answer)}::jsonb)`);
      return task.kind;
    }
  }

  describe('switchyard auth test', () => {
    const ask = (...words: string[]): Promise<number> => runCommand(['auth', 'test', ...words]);

    it('tells of a token what it is like', async () => {
      const report = { kind: 'oauth2_client_credentials', length: 812, expiresAt: '2026-11-21T09:00:00.000Z' };
      const [status, kind] = await Promise.all([
        ask('gateway'),
        answerWith({ answer: { ...report, token: 'canary' } }),
      ]);
      expect([status, kind]).toEqual([0, 'token']);
      expect(printed).toBe('gateway: oauth2_client_credentials, 812 characters, expires at 2026-11-21T09:00:00.000Z\n');
    });

    it('tells of a provider that asks for nothing', async () => {
      const report = { kind: 'none', length: 0, expiresAt: null };
      const [status] = await Promise.all([ask('gateway'), answerWith({ answer: report })]);
      expect([status, printed]).toEqual([0, 'gateway: nothing is sent (none)\n']);
    });

    it('says why there is none', async () => {
      const error = { code: 'authentication', message: 'The token service refused. Check it.' };
      const [status] = await Promise.all([ask('gateway'), answerWith({ error })]);
      expect([status, printed]).toEqual([1, 'The token service refused. Check it.\n']);
    });

    it('says that no worker runs', async () => {
      expect(await ask('nobody')).toBe(1);
      expect(printed).toMatch(/^No worker of "nobody" took the question\./);
    }, 15_000);

    it.each([[[]], [['one', 'two']]])('asks for one provider: %j', async (words) => {
      expect(await ask(...words)).toBe(1);
      expect(printed).toBe('Say `auth test <provider>`, with its name.\n');
    });
  });

  describe('switchyard models check', () => {
    it('says that there is nothing yet', async () => {
      expect(await runCommand(['models', 'check'])).toBe(0);
      expect(printed).toMatch('No list was compared yet');
    });

    it('prints what was found, what is to be done first', async () => {
      await test.database.query(sql`
        insert into model_checks (provider, due_at, checked_at, report, error) values
          ('openai', now(), '2026-11-21T08:00:00Z',
           '{"new": ["gpt-6", "gpt-7"], "retired": ["gpt-3\\u001b[31m"], "unpriced": ["gpt-7"]}', null),
          ('groq', now(), '2026-11-21T08:00:00Z', '{"new": [], "retired": [], "unpriced": []}', null),
          ('ollama', now(), null, null, 'Away.')`);
      expect(await runCommand(['models', 'check'])).toBe(0);
      const lines = printed.split('\n').map((line) => line.split(/ {2,}/));
      expect(lines.slice(2)).toEqual([
        ['groq', '–', 'all as configured', '2026-11-21T08:00'],
        ['ollama', '–', '–', 'never'],
        ['openai', expect.stringContaining('gpt-3'), 'retired', '2026-11-21T08:00'],
        ['openai', 'gpt-7', 'new, without a price', '2026-11-21T08:00'],
        ['openai', 'gpt-6', 'new', '2026-11-21T08:00'],
        ['ollama: the last check failed: Away.'],
        [''],
      ]);
      expect(printed).not.toContain('\u001b');
    });
  });
});
