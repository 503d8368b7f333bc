import { existsSync, symlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Puts the Node that came with the packages where npm looks for programs first, where npm has not. npm 10 takes the
 * link away again with the package of the other processor, which it tries, cannot use, and clears up after.
 * Runs, like `build.mjs`, on whatever Node the machine has.
 */
const modules = resolve(dirname(fileURLToPath(import.meta.url)), '../node_modules');
const program = `node-${process.platform}-${process.arch}/bin/node`;
const link = resolve(modules, '.bin/node');
const came = existsSync(resolve(modules, program));

if (came && !existsSync(link)) symlinkSync(`../${program}`, link);

/** The Node that runs the product: the one that came with the packages, else this one. */
export const productNode = came ? resolve(modules, program) : process.execPath;
