import { GatewayError } from '@switchyard/contract';

const TAG = /^\s*(W\/)?("[^"]*")\s*$/;

/** The headers by which a change says what it takes the entry to be. */
export interface Preconditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/**
 * Reads `If-Match` and `If-None-Match` (RFC 9110): a comparison by strong tags, `*` for any entry that there is.
 * @returns undefined where there is neither
 * @throws GatewayError (400) for what is no list of tags
 */
export function readPrecondition({
  ifMatch,
  ifNoneMatch,
}: Preconditions): ((etag: string | undefined) => boolean) | undefined {
  const wanted = ifMatch === undefined ? undefined : readTags('if-match', ifMatch);
  const unwanted = ifNoneMatch === undefined ? undefined : readTags('if-none-match', ifNoneMatch);
  if (!wanted && !unwanted) return undefined;
  return (etag) => (!wanted || matches(wanted, etag)) && (!unwanted || !matches(unwanted, etag));
}

function matches(tags: '*' | readonly string[], etag: string | undefined): boolean {
  return etag !== undefined && (tags === '*' || tags.includes(etag));
}

/** A weak tag matches nothing here, so it is left out. */
function readTags(header: string, text: string): '*' | readonly string[] {
  if (text.trim() === '*') return '*';
  return text.split(',').flatMap((each) => {
    const match = TAG.exec(each);
    if (!match) {
      throw new GatewayError(
        'invalid_request_error',
        `The header \`${header}\` is no list of tags; send the \`ETag\` of the entry as it was answered, or \`*\`.`,
        { status: 400, code: 'malformed_request', param: header },
      );
    }
    const [, weak, tag = ''] = match;
    return weak === undefined ? [tag] : [];
  });
}
