import type { ModelRequest } from '@switchyard/contract';
import { withDefaults } from './with-defaults.js';

describe('a request with the defaults of its model', () => {
  it.each<[string, ModelRequest, Record<string, unknown>, ModelRequest]>([
    [
      'says itself what both say',
      { prompt: 'a', temperature: 0 },
      { temperature: 1, seed: 5 },
      { prompt: 'a', temperature: 0, seed: 5 },
    ],
    [
      'has its own size for the sides of the defaults',
      { prompt: 'a', size: '1024x1024' },
      { width: 512, height: 768 },
      { prompt: 'a', size: '1024x1024' },
    ],
    [
      'has its own sides for the size of the defaults',
      { prompt: 'a', width: 64, height: 32 },
      { size: '1024x1024', quality: 'hd' },
      { prompt: 'a', width: 64, height: 32, quality: 'hd' },
    ],
    [
      'has one side of its own and the other of the defaults',
      { prompt: 'a', width: 64 },
      { width: 512, height: 768 },
      { prompt: 'a', width: 64, height: 768 },
    ],
    ['has the size of the defaults where it says none', { prompt: 'a' }, { size: '9x9' }, { prompt: 'a', size: '9x9' }],
  ])('%s', (_, request, params, whole) => {
    expect(withDefaults(request, params)).toEqual(whole);
  });
});
