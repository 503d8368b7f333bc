import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_TYPES, GatewayError, type ErrorTypeName } from './errors.js';

const README = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');

describe('the table of errors', () => {
  const rows = [...README.matchAll(/^\| `(\w+)` \| (\d{3})\b.*\| (yes|no) \|$/gm)].map(([, type, status, later]) => ({
    type,
    status: Number(status),
    retryable: later === 'yes',
  }));

  it('says in the README what the code does', () => {
    const table = Object.entries(ERROR_TYPES).map(([type, { status, retryable }]) => ({ type, status, retryable }));
    expect(rows).toEqual(table);
  });

  it('gives an error the status of its type, unless it says otherwise', () => {
    for (const type of Object.keys(ERROR_TYPES) as ErrorTypeName[]) {
      expect(new GatewayError(type, 'x').status).toBe(ERROR_TYPES[type].status);
    }
    expect(new GatewayError('invalid_request_error', 'x', { status: 400 })).toMatchObject({
      status: 400,
      code: 'invalid_request_error',
    });
  });
});
