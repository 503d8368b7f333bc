import type { Plain, PlainMap } from '../schema/navigate.js';
import { listOf, mapOf } from './collection.js';

/**
 * Where a provider's secrets go: its vendor's address, which its kind or its region may decide, the addresses of its
 * deployments, and those of its token service.
 */
export function providerDestination(name: string, body: PlainMap): Plain {
  const { kind = name, baseURL = null, endpoint = null, region = null, deployments } = body;
  const { tokenUrl = null, authority = null } = mapOf(body['auth']);
  const endpoints = listOf(deployments).map((deployment) => deployment['endpoint'] ?? null);
  return { kind, baseURL, endpoint, region, tokenUrl, authority, endpoints };
}
