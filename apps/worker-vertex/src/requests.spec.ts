import { type Message, type ModelRequest } from '@switchyard/contract';
import { toEmbedRequest } from './embeddings.js';
import { toGenerateRequest } from './generate-request.js';

const called: Message = {
  role: 'assistant',
  content: null,
  toolCalls: [
    { id: 'toolu_1', name: 'get_weather', arguments: '{"a":1}' },
    { id: 'toolu_2', name: 'get_weather', arguments: '{"a":2}' },
  ],
};
const answered: readonly Message[] = [
  { role: 'user', content: 'Hi' },
  called,
  { role: 'tool', toolCallId: 'toolu_1', content: '[1]' },
  { role: 'tool', toolCallId: 'toolu_2', content: [{ type: 'text', text: 'two' }] },
];

function translate(request: ModelRequest, providerModel = 'gemini-2.5-flash') {
  const { parameters, warnings } = toGenerateRequest({ providerModel, request });
  return { ...parameters({}), warnings };
}

it.each(['candidateCount', 'candidate_count', 'max_output_tokens', 'response_modalities'])(
  'cannot be made dearer by the option %s',
  (name) => {
    const { config, warnings } = translate({ prompt: 'Hi', providerOptions: { vertex: { [name]: 8, topK: 3 } } });
    expect(config).toMatchObject({ topK: 3 });
    expect(JSON.stringify(config)).not.toContain(name);
    expect(warnings).toEqual([`providerOptions.vertex.${name} is set by the gateway and was left out.`]);
  },
);

const unsent = { name: 'ProviderError', code: 'invalid_request', reachedVendor: false };

describe('calls of tools in a conversation', () => {
  it.each(['gemini-3-pro-preview', 'gemini-3.8-flash', 'publishers/google/models/gemini-12-pro'])(
    'of another model are marked as such for %s, once for those that were made together',
    (model) => {
      const { contents, warnings } = translate({ messages: answered }, model);
      expect(contents).toMatchObject([
        {},
        {
          role: 'model',
          parts: [
            { functionCall: { args: { a: 1 } }, thoughtSignature: 'skip_thought_signature_validator' },
            { functionCall: { args: { a: 2 } } },
          ],
        },
        {},
      ]);
      expect(JSON.stringify(contents).match(/thoughtSignature/g)).toHaveLength(1);
      expect(warnings).toEqual([expect.stringContaining('`signature`')]);
    },
  );

  it.each(['gemini-2.5-pro', 'gemini-1.5-pro-002', 'tuned-gemini-3'])('are left as they are for %s', (model) => {
    const { contents, warnings } = translate({ messages: answered }, model);
    expect(JSON.stringify(contents)).not.toContain('thoughtSignature');
    expect(warnings).toEqual([]);
  });

  it('have their answers in one turn, each as an object', () => {
    expect(translate({ messages: answered }).contents).toMatchObject([
      {},
      {},
      {
        role: 'user',
        parts: [
          { functionResponse: { name: 'get_weather', response: { output: [1] } } },
          { functionResponse: { name: 'get_weather', response: { output: 'two' } } },
        ],
      },
    ]);
  });

  it.each([
    [[{ role: 'tool', toolCallId: 'x', content: '1' }], /answers "x", which no call right before it has/],
    [
      [{ role: 'assistant', content: '', toolCalls: [{ id: 'x', name: 'f', arguments: '{"a":' }] }],
      /arguments of a call of f must be a JSON object/,
    ],
    [
      [{ role: 'assistant', content: '', toolCalls: [{ id: 'x', name: 'f', arguments: '[1]' }] }],
      /arguments of a call of f must be a JSON object/,
    ],
  ] as const)('cannot be sent as %j', (messages, message) => {
    expect(() => translate({ messages })).toThrow(
      expect.objectContaining({ ...unsent, message: expect.stringMatching(message) }),
    );
  });

  it.each([
    ['auto', { mode: 'AUTO' }],
    ['none', { mode: 'NONE' }],
    ['required', { mode: 'ANY' }],
    [{ name: 'f' }, { mode: 'ANY', allowedFunctionNames: ['f'] }],
  ] as const)('are wanted as %j', (toolChoice, functionCallingConfig) => {
    const { config } = translate({ prompt: 'Hi', tools: [{ name: 'f' }], toolChoice });
    expect(config?.toolConfig).toEqual({ functionCallingConfig });
  });
});

describe('what Gemini has no place for', () => {
  it('is told', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } } as const;
    const { contents, warnings } = translate({
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: [image, { type: 'text', text: 'That.' }] },
      ],
    });
    expect(contents).toEqual([
      { role: 'user', parts: [{ text: 'Hi' }] },
      { role: 'model', parts: [{ text: 'That.' }] },
    ]);
    expect(warnings).toEqual([expect.stringMatching(/^Images, audio and files in turns other than the user/)]);
  });

  it.each([
    ['https://example.com/image', /does not end in one of png, jpg/],
    ['https://example.com/image.png/view', /does not end in one of png, jpg/],
    ['data:image/png,plain', /not base64/],
  ])('is refused where it is an image like %s', (url, message) => {
    const messages: Message[] = [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }];
    expect(() => translate({ messages })).toThrow(
      expect.objectContaining({ ...unsent, message: expect.stringMatching(message) }),
    );
  });

  it('is refused where it is several texts for a model that embeds one', () => {
    const request = { input: ['one', 'two'] };
    expect(() => toEmbedRequest({ providerModel: 'gemini-embedding-2', request })).toThrow(
      expect.objectContaining(unsent),
    );
    expect(toEmbedRequest({ providerModel: 'gemini-embedding-001', request }).inputs).toEqual(['one', 'two']);
  });

  it('never lets an option decide what the gateway answers for, or how the request is sent', () => {
    const vertex = {
      httpOptions: { baseUrl: 'https://elsewhere.example' },
      automaticContinuation: true,
      tools: [{ googleSearch: {} }],
      generationConfig: { maxOutputTokens: 1e6 },
      serviceTier: 'priority',
    };
    const { config, warnings } = translate({ prompt: 'Hi', providerOptions: { vertex } });
    expect(config).toEqual({
      automaticContinuation: false,
      automaticFunctionCalling: { disable: true },
      httpOptions: {},
    });
    expect(warnings).toHaveLength(Object.keys(vertex).length);
  });
});
