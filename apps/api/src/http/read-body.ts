import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import { GatewayError } from '@switchyard/contract';

const JSON_TYPE = /^\s*application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Reads the body of a request, which is JSON or nothing: clients that name a type and send no byte are as good as those
 * that send nothing. Names are taken as they stand: `__proto__` becomes a field and no prototype.
 * @returns undefined where there is none
 * @throws GatewayError (400) for everything else
 */
export function readBody(request: Pick<FastifyRequest, 'headers'>, bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw malformed('unsupported_encoding', 'The body is encoded; send it without `content-encoding`.');
  }
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) {
    throw malformed('unsupported_media_type', 'The body must be JSON; send `content-type: application/json`.');
  }
  if (!isUtf8(bytes)) throw malformed('malformed_body', 'The body is not valid UTF-8; send text in that encoding.');
  const text = bytes.toString('utf8');
  return parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The rest of the engine's words repeats the body.
    const [, place = ''] = /(\(line \d+ column \d+\))$/.exec(error instanceof Error ? error.message : '') ?? [];
    throw malformed('malformed_body', `The body is not valid JSON${place === '' ? '' : ` ${place}`}; correct it.`);
  }
}

function malformed(code: string, message: string): GatewayError {
  return new GatewayError('invalid_request_error', message, { code, status: 400 });
}
