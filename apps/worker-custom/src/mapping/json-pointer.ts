import { type JsonPointer } from '@switchyard/contract';
import { isObject } from '@switchyard/provider-kit';

/** What a JSON pointer (RFC 6901) leads to; undefined where it leads nowhere. */
export function follow(pointer: JsonPointer, value: unknown): unknown {
  let found = value;
  for (const escaped of pointer.split('/').slice(1)) {
    const step = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(found)) found = /^(?:0|[1-9]\d*)$/.test(step) ? (found as unknown[])[Number(step)] : undefined;
    else found = isObject(found) && Object.hasOwn(found, step) ? found[step] : undefined;
  }
  return found;
}
