import type { Place } from './place.js';

const EXAMPLE = 'write it like https://<resource>.openai.azure.com';

/** Holds a provider of the kind azure_openai against what its calls need. */
export function checkAzure(provider: Place): void {
  const deployments = provider.at('deployments').items();
  const endpoints = [provider, ...deployments].map((owner) => owner.at('endpoint'));
  if (deployments.length === 0 && !provider.at('endpoint').exists && !provider.at('baseURL').exists) {
    provider
      .at('endpoint')
      .fault('is missing: a provider of the kind azure_openai needs endpoint, or deployments with theirs');
  }
  // What Azure's portal gives to copy is the address of a call.
  for (const endpoint of endpoints) {
    if (/\?|\/deployments\//.test(endpoint.text ?? '')) {
      endpoint.fault(`is the address of one call; ${EXAMPLE}, and set deployment and apiVersion apart from it`);
    }
  }
  const version = provider.at('apiVersion');
  if (version.text !== undefined && !/^(?:v1|preview|20\d\d-\d\d-\d\d(?:-preview)?)$/.test(version.text)) {
    version.fault("is no version of Azure's API; write a date such as 2024-10-21, or leave it out for v1");
  }
  if (provider.at('deployment').exists && deployments.length > 0) {
    provider.at('deployment').fault('stands beside deployments; keep one of them');
  }
  const seen = new Set<string>();
  for (const deployment of deployments) {
    const named = JSON.stringify([deployment.at('name').text, deployment.at('endpoint').text]);
    if (seen.has(named)) deployment.fault('stands in the list twice; keep one, and give it the weight of both');
    seen.add(named);
  }
}
