import type { ModelCall } from '@switchyard/contract';
import { toImageRequest } from './images.js';
import { toDialect } from './quirks.js';

it('takes size and quality, by which an image is priced, from the request alone', () => {
  const providerOptions = { openai: { size: '1792x1024', quality: 'hd', moderation: 'low' } };
  const call = { providerModel: 'dall-e-3', request: { prompt: 'a cat', providerOptions } } as unknown as ModelCall;
  const dialect = toDialect('openai', {});
  const { body, warnings } = toImageRequest(call, dialect);
  expect(body).toEqual({ model: 'dall-e-3', prompt: 'a cat', moderation: 'low' });
  expect(warnings).toHaveLength(2);
});
