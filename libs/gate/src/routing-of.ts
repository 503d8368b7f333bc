import type { Configuration } from '@switchyard/config';
import { registryOf } from '@switchyard/registry';
import { compileRouting, type Routing } from '@switchyard/selector';

const compiled = new WeakMap<Configuration, Routing>();

/** What exists and how it is chosen by a snapshot of the configuration, compiled when it is first asked for. */
export function routingOf(configuration: Configuration): Routing {
  const known = compiled.get(configuration);
  if (known) return known;
  const routing = compileRouting(registryOf(configuration), configuration);
  compiled.set(configuration, routing);
  return routing;
}
