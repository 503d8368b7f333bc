import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PROVIDER_DESCRIPTIONS } from '@switchyard/contract';
import { providerTable, withProviderTable } from '../scripts/readme/provider-table.mjs';

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8');
const descriptions = Object.values(PROVIDER_DESCRIPTIONS);

describe('the README', () => {
  it('has the table of providers as they are declared; else run npm run readme', () => {
    expect(readme).toBe(withProviderTable(readme, providerTable(descriptions)));
  });

  it('shows every kind that can be configured, with what it can do', () => {
    const rows = providerTable(descriptions).split('\n');
    expect(rows).toHaveLength(2 + descriptions.length);
    expect(rows.find((row) => row.includes('`stable_diffusion`'))).toBe(
      '| `stable_diffusion` | Stable Diffusion, `txt2img` | `worker-stable-diffusion` |  |  |  |  |  |  |  |  | ✓ |  |',
    );
    expect(rows.find((row) => row.includes('`simulator`'))).toContain('`worker-custom`');
  });

  it('does not forget a kind or a capability that is new', () => {
    const { openai } = PROVIDER_DESCRIPTIONS;
    expect(() => providerTable([{ ...openai, kind: 'mind_reader' }])).toThrow('mind_reader has no name for people');
    expect(() => providerTable([{ ...openai, capabilities: ['telepathy'] }])).toThrow('no column for telepathy');
    expect(() => withProviderTable('# Nothing', '')).toThrow('must hold');
  });
});
