import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transformFile } from '@swc/core';
import { createLogger, type RootLogger } from './logger.js';
import { parseLogLevels } from './log-levels.js';
import { createNestLogger } from './nest-logger.js';

interface Captured {
  readonly logger: RootLogger;
  lines(): Record<string, unknown>[];
  text(): string;
}

function capture(level?: string): Captured {
  const written: string[] = [];
  const logger = createLogger({ name: 'api', level, destination: { write: (line) => written.push(line) } });
  return {
    logger,
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => written.join(''),
  };
}

describe('createLogger', () => {
  it('writes one line of JSON with level, time, app, message and fields', () => {
    const { logger, lines } = capture();
    logger.info({ jobId: 'job_1', count: 3 }, 'Admitted');
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        app: 'api',
        pid: process.pid,
        jobId: 'job_1',
        count: 3,
        message: 'Admitted',
      },
    ]);
  });

  it('follows the level of the module, and changes of it', () => {
    const { logger, lines } = capture('warn,provider-kit=debug');
    const kit = logger.module('provider-kit');
    const gate = logger.module('gate').child({ jobId: 'job_1' });
    kit.debug({}, 'kit debug');
    gate.info({}, 'not written');
    expect(gate.isEnabled('info')).toBe(false);
    logger.setLevels(parseLogLevels('error,gate=info'));
    kit.debug({}, 'not written');
    gate.info({}, 'gate info');
    logger.warn({}, 'not written');
    expect(lines().map(({ module, jobId, message }) => [module, jobId, message])).toEqual([
      ['provider-kit', undefined, 'kit debug'],
      ['gate', 'job_1', 'gate info'],
    ]);
  });

  it('refuses a level that it does not know, naming it', () => {
    expect(() => capture('info,gate=loud')).toThrow(/LOG_LEVEL: "gate=loud" .*debug, info, warn, error, silent/);
    expect(() => capture('=debug')).toThrow(/LOG_LEVEL/);
  });

  it('masks fields by their name at any depth, but not counts of tokens', () => {
    const { logger, lines, text } = capture();
    logger.info(
      {
        apiKey: 'canary-1',
        usage: { promptTokens: 12, maxTokens: 64, tokens: ['canary-2'] },
        request: {
          headers: { Authorization: 'canary-3', 'set-cookie': ['canary-4'] },
          body: [{ pass: { password: 5 } }],
        },
        tokens: 7,
        hasToken: true,
        headers: new Headers({ 'x-api-key': 'canary-6', accept: '*/*' }),
        secrets: new Map([['a', 'canary-7']]),
        login: new Map([['clientSecret', 'canary-8']]),
      },
      'x',
    );
    expect(text()).not.toContain('canary');
    expect(lines()[0]).toMatchObject({
      apiKey: '***',
      usage: { promptTokens: 12, maxTokens: 64, tokens: '***' },
      request: { headers: { Authorization: '***' }, body: [{ pass: { password: '***' } }] },
      tokens: 7,
      hasToken: true,
      headers: { accept: '*/*', 'x-api-key': '***' },
    });
  });

  it('masks what looks like a secret inside of texts', () => {
    const { logger, text } = capture();
    const canary = 'C4nary1234567890';
    logger.error(
      {
        error: new Error(`no route to postgres://user:${canary}/x@y@host/db`, {
          cause: new Error(`key sk-ant-${canary}`),
        }),
        list: [`Bearer ${canary}`, `whsec_${canary}==`, `https://host/x?api_key=${canary}&b=1`],
        nested: { thrown: `password=${canary}`, address: new URL(`redis://:${canary}@cache:6379/0`) },
      },
      `Refused ${canary.slice(0, 0)}gsk_${canary} and {"apiKey":"${canary}"}`,
    );
    expect(text()).not.toContain(canary);
    expect(text()).toContain('postgres://***@host/db');
    expect(text()).toContain('"nested":{"thrown":"password=***","address":"redis://***@cache:6379/0"}');
  });

  it('leaves ordinary words alone', () => {
    const { logger, lines } = capture();
    const text = 'task-force on disk-usage, basic authentication at https://host:8080/a?b=c, mail to me@host';
    logger.info({ text }, text);
    expect(lines()[0]).toMatchObject({ text, message: text });
  });

  it('reduces errors to type, message, code and stack', () => {
    const { logger, lines, text } = capture();
    const error = Object.assign(new TypeError('duplicate key: Key (email)=(canary@x) already exists'), {
      code: '23505',
      detail: 'Key (email)=(canary@x)',
      where: 'canary',
      query: 'INSERT canary',
      parameters: ['canary'],
    });
    logger.error({ error, reasons: new AggregateError([error], 'both') }, 'Failed');
    expect(text()).not.toContain('canary');
    expect(Object.keys(Object(lines()[0]?.['error']))).toEqual(['type', 'message', 'code', 'stack']);
    expect(lines()[0]).toMatchObject({
      error: { type: 'TypeError', code: '23505' },
      reasons: { errors: [{ code: '23505' }] },
    });
  });

  it('survives cycles, depth, size and hostile values', () => {
    const { logger, lines, text } = capture();
    const cycle: Record<string, unknown> = { name: 'cycle' };
    cycle['self'] = cycle;
    const hostile = {
      get trap(): never {
        throw new Error('canary');
      },
    };
    logger.info(
      {
        cycle,
        hostile,
        long: 'x'.repeat(1e6),
        list: Array.from({ length: 1e4 }, (_, i) => i),
        amount: 10n,
        bytes: Buffer.from('canary'),
      },
      'm',
    );
    logger.info({ level: 'mine', time: 1, message: 'mine', nothing: undefined }, 'second');
    expect(text()).not.toContain('canary');
    expect(text().length).toBeLessThan(20_000);
    expect(lines()[0]).toMatchObject({ hostile: '[unreadable]', amount: '10', bytes: '[6 bytes]' });
    expect(lines()[1]).toMatchObject({ level: 'info', _level: 'mine', _time: 1, _message: 'mine', message: 'second' });
  });

  it('writes what Nest says: its chatter at debug, its errors with their stack', () => {
    const { logger, lines } = capture('info,nest=debug');
    const nest = createNestLogger(logger);
    nest.log('Mapped {/x, GET} route', 'RouterExplorer');
    nest.error(new Error('boom'), undefined, 'ExceptionsHandler');
    nest.error('text', 'Error: text\n    at here', 'Context');
    expect(lines()).toMatchObject([
      { level: 'debug', module: 'nest', context: 'RouterExplorer', message: 'Mapped {/x, GET} route' },
      { level: 'error', error: { message: 'boom' }, context: 'ExceptionsHandler', message: 'boom' },
      { level: 'error', stack: 'Error: text\n    at here', context: 'Context', message: 'text' },
    ]);
  });
});

/** A compilation and the start of a process, on a machine that may be busy. */
const PROCESS_LIMIT_MS = 30_000;

describe('a process that ends', () => {
  const folder = join(import.meta.dirname, '..', '..', 'dist', `spec-${process.pid}`);

  beforeAll(async () => {
    await mkdir(folder, { recursive: true });
    for (const file of await readdir(import.meta.dirname)) {
      if (file.endsWith('.spec.ts')) continue;
      const { code } = await transformFile(join(import.meta.dirname, file), {
        swcrc: false,
        jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true } },
        module: { type: 'es6' },
      });
      await writeFile(join(folder, file.replace(/ts$/, 'js')), code);
    }
  }, PROCESS_LIMIT_MS);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(['process.exit(0)', 'throw new Error("unhandled")', ''])(
    'loses no line: %s',
    async (end) => {
      const script = `
      import { createLogger } from ${JSON.stringify(join(folder, 'logger.js'))};
      const logger = createLogger({ name: 'x' });
      for (let i = 0; i < 5000; i++) logger.info({ i, filler: 'x'.repeat(50) }, 'line');
      ${end}`;
      const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { maxBuffer: 1e8 });
      const { stdout } = await run.catch((error: { stdout: string }) => error);
      const lines = stdout.trim().split('\n');
      expect(lines).toHaveLength(5000);
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ i: 4999 });
    },
    PROCESS_LIMIT_MS,
  );
});
