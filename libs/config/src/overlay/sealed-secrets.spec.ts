import { describe, expect, it } from '@jest/globals';
import { openSeal } from './sealed-secrets.js';

const ONE = 'a secret of more than 32 bytes, for specs';
const TWO = 'another secret of more than 32 bytes, too';
const TEXT = 'whsec_0123456789abcdef';
const PLACE = 'tenants/acme/webhookSecret';

describe('openSeal', () => {
  const seal = openSeal({ secret: ONE });
  const sealed = seal.seal(TEXT, PLACE);

  it('opens what it has sealed, which shows nothing and is never the same twice', () => {
    expect(seal.open(sealed, PLACE)).toEqual({ text: TEXT, stale: false });
    expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain(TEXT.slice(6));
    expect(seal.seal(TEXT, PLACE)).not.toBe(sealed);
  });

  it('opens in its own place only', () => {
    expect(seal.open(sealed, 'tenants/globex/webhookSecret')).toBeUndefined();
  });

  it('opens under its own secret only, which may be the previous one', () => {
    expect(openSeal({ secret: TWO }).open(sealed, PLACE)).toBeUndefined();
    expect(openSeal({ secret: TWO, previousSecret: ONE }).open(sealed, PLACE)).toEqual({ text: TEXT, stale: true });
  });

  it('opens nothing that was changed or cut', () => {
    const bytes = Buffer.from(sealed, 'base64');
    for (const [index, byte] of bytes.entries()) {
      const changed = Buffer.from(bytes);
      changed[index] = byte ^ 1;
      expect(seal.open(changed.toString('base64'), PLACE)).toBeUndefined();
    }
    for (let length = 0; length < bytes.length; length += 1)
      expect(seal.open(bytes.subarray(0, length).toString('base64'), PLACE)).toBeUndefined();
  });
});
