import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

interface Text {
  /** Where the text would stand, from the root. */
  readonly file: string;
  readonly code: string;
  /** Lint with types; the file must be one of libs/contract. */
  readonly typed?: boolean;
}

const root = resolve(import.meta.dirname, '..');

function lines(count: number): string {
  return '// one line\n'.repeat(count);
}

/** The messages for each text, in order; one process for all, since loading the linter is what costs. */
function lintTexts(texts: readonly Text[]): Promise<string[][]> {
  return new Promise((fulfil, reject) => {
    const child = execFile(
      process.execPath,
      ['tools/lint/lint-texts.mjs'],
      { cwd: root, maxBuffer: 2 ** 24 },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`${error.message}\n${stderr}`));
        else fulfil(JSON.parse(stdout.slice(stdout.indexOf('['))) as string[][]);
      },
    );
    child.stdin?.end(JSON.stringify(texts));
  });
}

const refused: Record<string, Text & { readonly by: string }> = {
  "a vendor's client in a worker": {
    file: 'apps/worker-openai/src/adapter.ts',
    code: "import OpenAI from 'openai';\nnew OpenAI();\n",
    by: 'switchyard/packages-in-place',
  },
  "a vendor's client loaded late": {
    file: 'apps/worker-openai/src/adapter.ts',
    code: "await import('openai');\n",
    by: 'switchyard/packages-in-place',
  },
  "one vendor's client beside another's dialect": {
    file: 'libs/provider-kit/src/anthropic/client.ts',
    code: "import type { OpenAI } from 'openai';\nexport type Client = OpenAI;\n",
    by: 'switchyard/packages-in-place',
  },
  'bullmq outside the queue': {
    file: 'libs/jobs/src/wake.ts',
    code: "import { Queue } from 'bullmq';\nnew Queue('jobs');\n",
    by: 'switchyard/packages-in-place',
  },
  'pg outside the database': {
    file: 'libs/budget/src/ledger.ts',
    code: "import pg from 'pg';\nnew pg.Pool();\n",
    by: 'switchyard/packages-in-place',
  },
  'an entry point of a package that belongs elsewhere': {
    file: 'apps/api/src/files.ts',
    code: "import { Prisma } from '@prisma/client/runtime/client';\nvoid Prisma;\n",
    by: 'switchyard/packages-in-place',
  },
  'the vocabulary importing what is built from it': {
    file: 'libs/contract/src/price.ts',
    code: "import '@switchyard/registry';\n",
    by: '@nx/enforce-module-boundaries',
  },
  'the API reaching past the jobs into the database': {
    file: 'apps/api/src/jobs/jobs.service.ts',
    code: "import '@switchyard/database';\n",
    by: '@nx/enforce-module-boundaries',
  },
  'a worker app reaching past the worker': {
    file: 'apps/worker-custom/src/main.ts',
    code: "import '@switchyard/jobs';\n",
    by: '@nx/enforce-module-boundaries',
  },
  'a pure lib importing the database': {
    file: 'libs/selector/src/plan.ts',
    code: "import '@switchyard/database';\n",
    by: '@nx/enforce-module-boundaries',
  },
  'the way into another lib by its files': {
    file: 'libs/selector/src/plan.ts',
    code: "import '../../registry/src/index.js';\n",
    by: '@nx/enforce-module-boundaries',
  },
  'a file of 251 lines': { file: 'libs/jobs/src/long.ts', code: lines(251), by: 'max-lines' },
  'a spec of 401 lines': { file: 'libs/jobs/src/long.spec.ts', code: lines(401), by: 'max-lines' },
  'SQL put together as text for Prisma': {
    file: 'libs/database/src/find.ts',
    code: 'export const find = (client, name) => client.$queryRawUnsafe(name);\n',
    by: 'no-restricted-syntax',
  },
  'SQL put together as text for pg': {
    file: 'libs/database/src/find.ts',
    code: 'export const find = (client, id) => client.query(`select * from job where id = ${id}`);\n',
    by: 'no-restricted-syntax',
  },
  'an export of everything': {
    file: 'libs/jobs/src/index.ts',
    code: "export * from './claim.js';\n",
    by: 'no-restricted-syntax',
  },
  'a focused test': {
    file: 'libs/jobs/src/claim.spec.ts',
    code: "it.only('claims', () => undefined);\n",
    by: 'no-restricted-syntax',
  },
  'a promise that nobody waits for': {
    file: 'libs/contract/src/money.ts',
    code: 'export async function pay(): Promise<void> {}\npay();\n',
    typed: true,
    by: '@typescript-eslint/no-floating-promises',
  },
  'a switch with a hole': {
    file: 'libs/contract/src/money.ts',
    code: "export function name(side: 'debit' | 'credit'): void {\n  switch (side) {\n    case 'debit':\n  }\n}\n",
    typed: true,
    by: '@typescript-eslint/switch-exhaustiveness-check',
  },
};

const accepted: Record<string, Text> = {
  "a vendor's client in its dialect": {
    file: 'libs/provider-kit/src/openai/client.ts',
    code: "import { OpenAI } from 'openai';\nnew OpenAI();\n",
  },
  'bullmq in the queue': {
    file: 'libs/queue/src/entries.ts',
    code: "import { Queue } from 'bullmq';\nnew Queue('jobs');\n",
  },
  'an import along the arrows': { file: 'apps/api/src/jobs.ts', code: "import '@switchyard/jobs';\n" },
  'telemetry in a lib': { file: 'libs/queue/src/log.ts', code: "import '@switchyard/telemetry';\n" },
  'a spec that makes itself a database': {
    file: 'libs/queue/src/entries.spec.ts',
    code: "import '@switchyard/database/testing';\n",
  },
  'a file of 250 lines': { file: 'libs/jobs/src/long.ts', code: lines(250) },
  'a spec of 400 lines': { file: 'libs/jobs/src/long.spec.ts', code: lines(400) },
  'an identifier that pg quotes': {
    file: 'libs/database/src/create.ts',
    code: 'export const create = (client, name) => client.query(`create database ${client.escapeIdentifier(name)}`);\n',
  },
};

describe('the lint', () => {
  let messages: string[][];

  beforeAll(async () => {
    messages = await lintTexts([...Object.values(refused), ...Object.values(accepted)]);
  }, 120_000);

  it.each(Object.entries(refused).map(([name, { by }], index) => ({ name, by, index })))(
    'refuses $name',
    ({ by, index }) => {
      expect(messages[index]?.map((message) => message.split(': ')[0])).toContain(by);
    },
  );

  it.each(Object.keys(accepted).map((name, index) => ({ name, index: Object.keys(refused).length + index })))(
    'accepts $name',
    ({ index }) => {
      expect(messages[index]).toEqual([]);
    },
  );
});
