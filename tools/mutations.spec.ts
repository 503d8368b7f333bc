import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MUTATIONS } from '../scripts/mutations/table.mjs';

const ROOT = join(import.meta.dirname, '..');

describe('the table of `npm run mutations`', () => {
  it.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    'names what there is once, and a spec that there is: %s',
    (_, { edits, spec }) => {
      expect(existsSync(join(ROOT, spec))).toBe(true);
      expect(edits.length).toBeGreaterThan(0);
      for (const [file, text, replacement] of edits) {
        expect(readFileSync(join(ROOT, file), 'utf8').split(text)).toHaveLength(2);
        expect(replacement).not.toBe(text);
      }
    },
  );
});
