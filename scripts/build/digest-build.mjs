import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Where sources stand; what else they are compiled by stands in files of the root. */
const SOURCE_FOLDERS = ['apps', 'libs', 'prisma', 'scripts'];
const SOURCE_FILES = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.base.json'];
/** What npm has really installed, which a lock file that was only pulled does not tell. */
const INSTALLED = 'node_modules/.package-lock.json';
const OUTPUT_FOLDERS = new Set(['dist', 'generated']);

/**
 * One digest of everything that a build is made from: each source file by its path and bytes, the lock file, what is
 * installed, and `node`, the version of Node.
 */
export function digestSources(root, node) {
  const hash = createHash('sha256').update(node);
  const add = (path) => {
    const content = readFileSync(join(root, path));
    hash.update(`\0${path}\0${content.length}\0`).update(content);
  };
  for (const path of [...SOURCE_FILES, INSTALLED].filter((path) => existsSync(join(root, path)))) add(path);
  for (const folder of SOURCE_FOLDERS) visit(root, folder, (path, isOutput) => !isOutput && add(path));
  return hash.digest('hex');
}

/** One digest of what a build has made: each file by its path, size and time of change. */
export function digestOutputs(root) {
  const hash = createHash('sha256');
  for (const folder of SOURCE_FOLDERS) {
    visit(root, folder, (path, isOutput) => {
      if (!isOutput) return;
      const { size, mtimeMs } = statSync(join(root, path));
      hash.update(`\0${path}\0${size}\0${mtimeMs}`);
    });
  }
  return hash.digest('hex');
}

/** Calls `see` for each file below a folder, in the order of their names. */
function visit(root, folder, see, isOutput = false) {
  if (!existsSync(join(root, folder))) return;
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    // A link may lead to a folder, or nowhere, as editors' locks do.
    const found = entry.isSymbolicLink() ? statSync(join(root, path), { throwIfNoEntry: false }) : entry;
    if (found?.isFile()) see(path, isOutput);
    else if (found?.isDirectory() && entry.name !== 'node_modules') {
      visit(root, path, see, isOutput || OUTPUT_FOLDERS.has(entry.name));
    }
  }
}
