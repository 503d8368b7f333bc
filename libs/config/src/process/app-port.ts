import { PROVIDER_KINDS, type ProviderKind } from '@switchyard/contract';
import type { Environment } from '../environment/environment.js';

type AppWithPort = 'courier' | 'simulator' | ProviderKind;

/** Workers come from here on, in the order of the layout. */
const FIRST_WORKER = 10;

/** The port of an app's health and metrics: `APP_PORT` where a supervisor chose one, else counted from `APP_PORT_BASE`. */
export function appPort(environment: Environment, app: AppWithPort, env: NodeJS.ProcessEnv = process.env): number {
  const chosen = Number(env['APP_PORT']);
  if (Number.isInteger(chosen) && chosen > 0) return chosen;
  return environment.appPortBase + offsetOf(app);
}

function offsetOf(app: AppWithPort): number {
  if (app === 'courier') return 0;
  // The app: the worker of that kind is the one of `custom`.
  if (app === 'simulator') return 1;
  return FIRST_WORKER + PROVIDER_KINDS.indexOf(app);
}
