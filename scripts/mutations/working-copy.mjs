import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** What the specs need; packages are linked to. */
const COPIED = ['apps', 'libs', 'prisma', 'tools', 'package.json', 'jest.preset.js', 'tsconfig.base.json'];
const OWN_SCOPE = '@switchyard';

/** A copy of the tree, built as it is, in which files may be changed. */
export function makeWorkingCopy(root) {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-mutations-'));
  for (const name of COPIED) {
    cpSync(join(root, name), join(folder, name), {
      recursive: true,
      filter: (source) => basename(source) !== 'node_modules',
    });
  }
  const packages = join(folder, 'node_modules');
  mkdirSync(join(packages, OWN_SCOPE), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== OWN_SCOPE) symlinkSync(join(root, 'node_modules', name), join(packages, name));
  }
  for (const name of readdirSync(join(root, 'node_modules', OWN_SCOPE))) {
    const kind = ['libs', 'apps'].find((place) => existsSync(join(folder, place, name)));
    if (kind) symlinkSync(join(folder, kind, name), join(packages, OWN_SCOPE, name));
  }
  return {
    folder,
    /** Changes files as a mutation says. @returns what undoes it. */
    apply({ edits }) {
      const before = new Map();
      for (const [name, text, replacement] of edits) {
        const path = join(folder, name);
        const content = readFileSync(path, 'utf8');
        if (!before.has(path)) before.set(path, content);
        writeFileSync(path, mutate(content, text, replacement));
      }
      return () => {
        for (const [path, content] of before) writeFileSync(path, content);
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** @throws Error where the text is not there, or there more than once: the mutation must be written anew. */
function mutate(content, text, replacement) {
  const parts = content.split(text);
  if (parts.length !== 2) throw new Error(`Found ${parts.length - 1} times in place of once: ${text}`);
  return parts.join(replacement);
}
