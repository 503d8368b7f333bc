import { type AuthKind } from '@switchyard/contract';
import { type AzureBlock, type ClientCredentialsBlock } from './auth-block.js';
import { type KeyPlace } from './credential.js';

/** A client-credentials grant (RFC 6749 §4.4) of a token service. */
export interface ClientCredentialsGrant {
  readonly kind: AuthKind;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clientAuthentication: 'post' | 'basic';
  /** Fields of the form besides. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Where the token goes. */
  readonly place: KeyPlace;
}

const AZURE_AUTHORITY = 'https://login.microsoftonline.com';
/** Everything that the client may do with Azure OpenAI. */
const AZURE_SCOPE = 'https://cognitiveservices.azure.com/.default';

/** The grant of a token service of whoever runs it. */
export function clientCredentialsGrant(block: ClientCredentialsBlock): ClientCredentialsGrant {
  const { kind, tokenUrl, clientId, clientSecret, clientAuthentication, scope, audience } = block;
  return {
    kind,
    tokenUrl,
    clientId,
    clientSecret,
    clientAuthentication,
    parameters: { ...(scope !== undefined && { scope }), ...(audience !== undefined && { audience }) },
    place: tokenPlace(block.header ?? 'authorization'),
  };
}

/** The same grant as Microsoft Entra ID takes it. */
export function azureGrant(block: AzureBlock): ClientCredentialsGrant {
  const { kind, clientId, clientSecret, tenantId, authority = AZURE_AUTHORITY, scope = AZURE_SCOPE } = block;
  return {
    kind,
    tokenUrl: `${authority.replace(/\/+$/, '')}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`,
    clientId,
    clientSecret,
    clientAuthentication: 'post',
    parameters: { scope },
    place: tokenPlace('authorization'),
  };
}

/** `Bearer` belongs to `authorization` and its relatives; in a header of another name the token stands bare. */
function tokenPlace(header: string): KeyPlace {
  const name = header.toLowerCase();
  return name.endsWith('authorization') ? { header: name, prefix: 'Bearer ' } : { header: name };
}
