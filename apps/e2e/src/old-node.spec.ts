import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { mainOf } from '@switchyard/stage';

const APPS = readdirSync(join(import.meta.dirname, '../..'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(join(entry.parentPath, entry.name, 'src')).includes('main.ts'))
  .map(({ name }) => name);

/** Says that this is an older Node, and as one refuses to load whatever is not written for it. */
const OLDER = `
import { registerHooks } from 'node:module';
Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });
const known = ['/dist/main.js', '/dist/supported-node.js'];
registerHooks({
  load(url, context, next) {
    if (!known.some((end) => url.endsWith(end))) throw new SyntaxError('Unexpected token in ' + url);
    return next(url, context);
  },
});`;

interface Ended {
  readonly code: number | string | null | undefined;
  readonly printed: string;
}

async function startOnOlderNode(app: string): Promise<Ended> {
  const words = ['--import', `data:text/javascript,${encodeURIComponent(OLDER)}`, mainOf(app)];
  return await new Promise((resolve) => {
    execFile(process.execPath, words, { env: {} }, (error, stdout, stderr) =>
      resolve({ code: error?.code, printed: stdout + stderr }),
    );
  });
}

describe('on a Node that is too old', () => {
  it.each(APPS)(
    '%s says so in one line, before it loads anything else',
    async (app) => {
      expect(await startOnOlderNode(app)).toEqual({
        code: 1,
        printed: expect.stringMatching(/^Switchyard needs Node 22\.19 or newer, and this is 20\.20\.2\. .*\n$/),
      });
    },
    30_000,
  );

  it('knows the apps', () => {
    expect(APPS).toEqual(expect.arrayContaining(['api', 'cli', 'courier', 'simulator', 'worker-openai']));
  });
});
