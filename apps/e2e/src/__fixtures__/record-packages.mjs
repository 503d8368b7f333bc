import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

// To be loaded before everything else: writes down each package of which the process loads a file. By its address and
// not by the environment it is told where, because a thread need not have that.
const target = new URL(import.meta.url).searchParams.get('to');
const seen = new Set();

registerHooks({
  load(url, context, nextLoad) {
    const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
    if (name !== undefined && !seen.has(name)) {
      seen.add(name);
      appendFileSync(target, `${name}\n`);
    }
    return nextLoad(url, context);
  },
});
