import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildWhenChanged } from '../scripts/build/build-when-changed.mjs';

const SOURCE = 'libs/one/src/index.ts';
const OUTPUT = 'libs/one/dist/index.js';

let root: string;
let builds: number;

function write(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** As a compiler does it: the output is written whole, again. */
function compile(): boolean {
  builds += 1;
  write(OUTPUT, `// build ${builds}`);
  return true;
}

const run = (build: () => boolean = compile, node = 'v24.0.0'): boolean => buildWhenChanged({ root, node, build });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'switchyard-build-'));
  builds = 0;
  write(SOURCE, 'export const one = 1;');
  write('apps/two/src/main.ts', 'one;');
  write('prisma/schema.prisma', 'model One {}');
  write('package-lock.json', '{}');
  write('node_modules/.package-lock.json', '{}');
  write('node_modules/three/index.js', '3;');
  run();
});

afterEach(() => rmSync(root, { recursive: true }));

describe('buildWhenChanged', () => {
  it('builds once, and not again while nothing changes', () => {
    expect([run(), run(), builds]).toEqual([true, true, 1]);
  });

  it.each<[string, () => void]>([
    ['a source is changed', () => write(SOURCE, 'export const one = 2; ')],
    [
      'a source is changed and neither its size nor its time is',
      () => {
        const { atime, mtime } = statSync(join(root, SOURCE));
        write(SOURCE, 'export const one = 2;');
        utimesSync(join(root, SOURCE), atime, mtime);
      },
    ],
    ['a source is added', () => write('apps/two/src/other.ts', '')],
    ['a source is deleted', () => rmSync(join(root, 'apps/two/src/main.ts'))],
    ['a source has another name', () => renameSync(join(root, SOURCE), join(root, `${SOURCE}x`))],
    ['a whole app is added', () => write('apps/four/src/main.ts', '')],
    [
      'text moves from one file to the next',
      () => {
        write('apps/two/src/main.ts', 'one');
        write('libs/one/src/index.ts', ';export const one = 1;');
      },
    ],
    ['the schema is changed', () => write('prisma/schema.prisma', 'model Two {}')],
    ['the lock file is changed', () => write('package-lock.json', '{ }')],
    ['other packages are installed', () => write('node_modules/.package-lock.json', '{ }')],
    ['the compiler has other settings', () => write('tsconfig.base.json', '{}')],
    ['an output is gone', () => rmSync(join(root, OUTPUT))],
    ['all outputs are gone', () => rmSync(dirname(join(root, OUTPUT)), { recursive: true })],
    ['an output was written by another', () => write(OUTPUT, '// by hand')],
    ['npm ci was run', () => rmSync(join(root, 'node_modules'), { recursive: true })],
  ])('builds again when %s', (_, change) => {
    change();
    expect([run(), builds]).toEqual([true, 2]);
    expect([run(), builds]).toEqual([true, 2]);
  });

  it('builds again for another Node', () => {
    expect([run(compile, 'v26.0.0'), builds]).toEqual([true, 2]);
  });

  it('does not look into packages, nor stumbles over a link that leads nowhere', () => {
    write('node_modules/three/index.js', '4;');
    symlinkSync('nowhere', join(root, 'libs/one/src/.#lock'));
    expect([run(), builds]).toEqual([true, 1]);
  });

  it('builds again what failed, or was changed while it was built', () => {
    write(SOURCE, 'broken');
    expect(run(() => false)).toBe(false);
    write(SOURCE, 'export const one = 1;');
    expect([run(), builds]).toEqual([true, 2]);

    write(SOURCE, 'export const one = 3;');
    run(() => {
      write(SOURCE, 'export const one = 4;');
      return compile();
    });
    expect([run(), builds]).toEqual([true, 4]);
  });
});
