import type { Place } from './place.js';

/** Both become part of an address. Older projects stand below a domain (`example.com:yard`). */
const FORMS = { region: /^[a-z][a-z0-9-]{1,62}$/, project: /^[a-z0-9][a-z0-9.:-]{1,128}$/ } as const;

/** Holds a provider of the kinds vertex and anthropic_vertex against what its calls need. */
export function checkGoogle(kind: string, provider: Place, switchedOff: boolean): void {
  for (const key of ['region', 'project'] as const) {
    const place = provider.at(key);
    if (place.text !== undefined && place.text !== '' && !FORMS[key].test(place.text)) {
      place.fault(`is no name of a ${key}; copy it from the Google Cloud console`);
    }
  }
  const project = provider.at('project');
  if (project.exists || switchedOff || (kind === 'vertex' && hasKeyAlone(provider))) return;
  project.fault(`is missing: a provider of the kind ${kind} needs the id of the Google Cloud project that pays`);
}

/** Vertex AI's express mode, which knows no project. */
function hasKeyAlone(provider: Place): boolean {
  return (provider.at('apiKey').exists || provider.at('keys').exists) && !provider.at('auth').exists;
}
