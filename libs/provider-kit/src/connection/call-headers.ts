/** Headers that are the connection's own, and those by which a vendor might take another's key. */
const NOT_OF_A_CALL: ReadonlySet<string> = new Set([
  'accept-encoding',
  'api-key',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-api-key',
  'x-goog-api-key',
]);

/** What of a call's headers may go to a vendor, with names in lower case: nothing that authorizes or frames. */
export function headersOfCall(given: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given ?? {})) {
    const known = name.toLowerCase();
    if (!NOT_OF_A_CALL.has(known)) headers[known] = value;
  }
  return headers;
}
