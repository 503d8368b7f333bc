import { type JsonTemplate } from '@switchyard/contract';
import { fillTemplate, slotsIn } from './fill-template.js';

const VALUES = { prompt: 'Say "{{maxTokens}}"', maxTokens: 64, stop: ['END'], seed: 0, empty: '', nothing: undefined };

it.each<[JsonTemplate, unknown]>([
  ['{{prompt}}', 'Say "{{maxTokens}}"'],
  ['{{ maxTokens }}', 64],
  ['{{seed}}', 0],
  ['{{stop}}', ['END']],
  ['up to {{maxTokens}} tokens, then {{stop}}{{nothing}}', 'up to 64 tokens, then ["END"]'],
  [
    {
      inputs: '{{prompt}}',
      parameters: { max: '{{maxTokens}}', top_p: '{{topP}}' },
      tag: null,
      on: true,
      list: [1, 'x'],
    },
    { inputs: 'Say "{{maxTokens}}"', parameters: { max: 64 }, tag: null, on: true, list: [1, 'x'] },
  ],
  [
    ['{{nothing}}', '{{empty}}', ['{{seed}}']],
    ['', [0]],
  ],
  ['{{nothing}}', undefined],
  ['{{toString}}', undefined],
  ['{ {prompt} }', '{ {prompt} }'],
])('%j becomes %j', (template, filled) => {
  expect(fillTemplate(template, VALUES)).toEqual(filled);
});

it('makes a body that no value can add to', () => {
  const template = JSON.parse('{"__proto__": {"a": "{{prompt}}"}, "b": 1}') as JsonTemplate;
  const filled = fillTemplate(template, VALUES);
  expect(JSON.stringify(filled)).toBe(JSON.stringify(template).replace('{{prompt}}', () => 'Say \\"{{maxTokens}}\\"'));
  expect((filled as { a?: unknown }).a).toBeUndefined();
});

it('knows its slots', () => {
  const template = { a: '{{prompt}} {{ seed }}', b: ['{{stop}}', { c: '{{prompt}}' }], d: null, e: 5 };
  expect([...slotsIn(template)]).toEqual(['prompt', 'seed', 'stop']);
  expect([...slotsIn(undefined)]).toEqual([]);
});
