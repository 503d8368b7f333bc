import { KINDS_WITH_SECRET, PROVIDER_KINDS } from '@switchyard/contract';
import { suggestion } from '../faults/suggest.js';
import { checkAzure } from './azure-checks.js';
import { checkGoogle } from './google-checks.js';
import { checkPull } from './local-model-checks.js';
import { checkMapping } from './mapping-checks.js';
import type { Names } from './names.js';
import { expectUniqueNames } from './names.js';
import type { Place } from './place.js';

/** Parts of `npm start` that are no provider; `simulator` may be both. */
const MODULES = ['dashboard', 'courier', 'simulator', 'modelTransport'] as const;

/** Holds `providers` and `modules` against what a provider of each kind needs. */
export function checkProviders(root: Place, names: Names): void {
  for (const [name, place] of root.at('providers').entries()) {
    if (!place.isMap) continue;
    const own = MODULES.find((module) => module === name && module !== 'simulator');
    if (own) place.fault(`${own} is the name of a module; give the provider another`);
    const kind = kindOf(name, place);
    if (kind !== undefined) {
      checkNeeds(kind, place, root.at('modules').at(name).is(false));
      checkMapping(kind, place);
      checkPull(place, kind);
    }
    checkKeys(place);
    checkAuth(place);
    checkDefaultModel(name, place, root, names);
  }
  const known = [...MODULES, ...names.of('provider')];
  for (const [name, place] of root.at('modules').entries()) {
    if (known.includes(name)) continue;
    place.fault(`neither a module nor a provider${suggestion(name, known) || `; known: ${known.join(', ')}`}`);
  }
}

function kindOf(name: string, place: Place): string | undefined {
  const kind = place.at('kind');
  if (kind.exists) return kind.text;
  if (PROVIDER_KINDS.some((known) => known === name)) return name;
  kind.fault(`is missing, and "${name}" is no kind itself; give one of ${PROVIDER_KINDS.join(', ')}`);
  return undefined;
}

function checkNeeds(kind: string, place: Place, switchedOff: boolean): void {
  const deployments = place.at('deployments').items();
  const keyed = ['apiKey', 'keys', 'auth'].some((key) => place.at(key).exists);
  if (KINDS_WITH_SECRET.some((each) => each === kind) && !keyed && !switchedOff) {
    const mend = `is missing: a provider of the kind ${kind} needs apiKey, keys or auth`;
    for (const owner of deployments.length > 0 ? deployments : [place]) {
      if (!owner.at('apiKey').exists) owner.at('apiKey').fault(mend);
    }
  }
  if (kind === 'custom' && !place.at('baseURL').exists) {
    place.at('baseURL').fault('is missing: a provider of the kind custom needs the address of its server');
  }
  if (kind === 'azure_openai') checkAzure(place);
  if (kind === 'vertex' || kind === 'anthropic_vertex') checkGoogle(kind, place, switchedOff);
}

function checkKeys(place: Place): void {
  if (place.at('apiKey').exists && place.at('keys').exists)
    place.at('keys').fault('stands beside apiKey; keep one of them');
  expectUniqueNames(place.at('keys'));
  const limits = [place, ...place.at('keys').items()].map((owner) => owner.at('rateLimit'));
  for (const limit of limits) expectSomeLimit(limit);
}

/** A call is authorized in one way. */
function checkAuth(place: Place): void {
  const auth = place.at('auth');
  if (!auth.exists) return;
  const keys = [place, ...place.at('deployments').items()].map((owner) => owner.at('apiKey'));
  const beside = [...keys, place.at('keys')].find((key) => key.exists);
  if (beside) auth.fault(`stands beside ${beside.describe()}; keep one of them`);
  if (auth.at('credentialsFile').exists && auth.at('useMetadata').is(true)) {
    auth.at('useMetadata').fault('stands beside credentialsFile; keep one of them');
  }
}

/** Reports a rate limit that limits nothing. */
export function expectSomeLimit(limit: Place): void {
  if (limit.isMap && !limit.at('maxRequests').exists && !limit.at('maxTokens').exists) {
    limit.fault('limits nothing; give maxRequests, maxTokens or both');
  }
}

function checkDefaultModel(name: string, place: Place, root: Place, names: Names): void {
  const chosen = place.at('defaultModel');
  names.expect(chosen, ['model']);
  const model = root
    .at('models')
    .items()
    .find((candidate) => chosen.text !== undefined && candidate.at('id').text === chosen.text);
  const owner = model?.at('provider').text;
  if (owner !== undefined && owner !== name) {
    chosen.fault(`"${chosen.text ?? ''}" is a model of the provider ${owner}; name one of ${name}`);
  }
}
