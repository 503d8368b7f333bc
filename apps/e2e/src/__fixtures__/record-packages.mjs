import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** To be loaded before everything else in a process: writes down each package of which it loads a file, once. */
const seen = new Set();

registerHooks({
  load(url, context, nextLoad) {
    const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
    if (name !== undefined && !seen.has(name)) {
      seen.add(name);
      appendFileSync(process.env.RECORD_PACKAGES_TO, `${name}\n`);
    }
    return nextLoad(url, context);
  },
});
