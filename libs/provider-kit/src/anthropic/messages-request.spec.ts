import {
  type ContentPart,
  type JsonOutput,
  type ModelRequest,
  nanoUsd,
  type ProviderSettings,
} from '@switchyard/contract';
import { toMessagesRequest } from './messages-request.js';
import { type Dialect, outputLimitsOf } from './quirks.js';

const dialect: Dialect = { kind: 'anthropic', takesImageUrls: true, outputLimits: new Map([['small', 1_000]]) };

function translate(request: ModelRequest, providerModel = 'claude-sonnet-4-5', changes: Partial<Dialect> = {}) {
  return toMessagesRequest({ providerModel, request: { maxTokens: 9, ...request } }, { ...dialect, ...changes });
}

function failure(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

const image: ContentPart = { type: 'image_url', image_url: { url: 'https://a.example/b.png' } };
const sunny = { type: 'tool_result', tool_use_id: 't', content: 'sunny' };

describe('a conversation', () => {
  it.each<[string, ModelRequest, unknown, string | undefined]>([
    ['a prompt', { prompt: 'Hi' }, [{ role: 'user', content: 'Hi' }], undefined],
    [
      'a system turn, which takes the system prompt’s place',
      {
        messages: [
          { role: 'system', content: 'S' },
          { role: 'user', content: 'Hi' },
        ],
        context: 'C',
      },
      [{ role: 'user', content: 'Hi' }],
      'S\n\nContext:\nC',
    ],
    [
      'a system turn beside a system prompt',
      {
        systemPrompt: 'P',
        messages: [
          { role: 'system', content: 'S' },
          { role: 'user', content: 'Hi' },
        ],
      },
      [{ role: 'user', content: 'Hi' }],
      'P\n\nS',
    ],
    [
      'an answer of a tool behind what the user said',
      {
        messages: [
          { role: 'assistant', content: null, toolCalls: [{ id: 't', name: 'f', arguments: '{}' }] },
          { role: 'user', content: 'Well?' },
          { role: 'tool', toolCallId: 't', content: 'sunny' },
        ],
      },
      [
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] },
        { role: 'user', content: [sunny, { type: 'text', text: 'Well?' }] },
      ],
      undefined,
    ],
    [
      'an image that a tool answered',
      { messages: [{ role: 'tool', toolCallId: 't', content: [image] }] },
      [
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 't',
              content: [{ type: 'image', source: { type: 'url', url: 'https://a.example/b.png' } }],
            },
          ],
        },
      ],
      undefined,
    ],
    [
      'turns that say nothing, and one of the assistant to be gone on with',
      {
        messages: [
          { role: 'user', content: ' ' },
          { role: 'user', content: [{ type: 'text', text: '' }] },
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'The answer is \n' },
          { role: 'user', content: null },
        ],
      },
      [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'The answer is' },
      ],
      undefined,
    ],
  ])('of %s', (_name, request, messages, system) => {
    const { body, warnings } = translate(request);
    expect({ messages: body.messages, system: body.system, warnings }).toEqual({ messages, system, warnings: [] });
  });

  it('warns of what the dialect has no place for', () => {
    const { body, warnings } = translate({
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'system', content: 'S' },
        { role: 'assistant', content: [{ type: 'text', text: 'T' }, image] },
      ],
    });
    expect(body).toMatchObject({ system: 'S', messages: [{ role: 'user' }, { role: 'assistant', content: 'T' }] });
    expect(warnings).toEqual([
      expect.stringContaining('System turns inside the conversation'),
      expect.stringContaining('Images, audio and files in turns of the system or the assistant'),
    ]);
  });

  const file = (mimeType: string): ContentPart => ({ type: 'file', file: { data: 'AAAA', mimeType } });

  it.each<[string, ModelRequest]>([
    ['nothing that a model could answer', { prompt: '' }],
    [
      'takes no audio',
      { messages: [{ role: 'user', content: [{ type: 'audio', audio: { data: '', format: 'wav' } }] }] },
    ],
    ['not of type application/zip', { messages: [{ role: 'user', content: [file('application/zip')] }] }],
    ['not as image/tiff', { messages: [{ role: 'user', content: [file('image/tiff')] }] }],
    [
      'must be in base64',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png,x' } }] }] },
    ],
    [
      'arguments of the tool call f are no JSON object',
      { messages: [{ role: 'assistant', content: '', toolCalls: [{ id: 't', name: 'f', arguments: '{"a":' }] }] },
    ],
  ])('is refused: %s', (message, request) => {
    expect(failure(() => translate(request))).toMatchObject({
      code: 'invalid_request',
      reachedVendor: false,
      message: expect.stringContaining(message),
    });
  });

  it('takes images as data only where the server does', () => {
    const request: ModelRequest = { messages: [{ role: 'user', content: [image] }] };
    expect(failure(() => translate(request, 'claude-opus-5', { takesImageUrls: false }))).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('data URLs only'),
    });
  });
});

describe('sampling', () => {
  it.each([
    ['claude-3-opus-20240229', { temperature: 0.5, top_p: 0.9 }, []],
    ['claude-3-5-sonnet@20240620', { temperature: 0.5, top_p: 0.9 }, []],
    ['claude-sonnet-4-20250514', { temperature: 0.5, top_p: 0.9 }, []],
    ['claude-opus-4-1-20250805', { temperature: 0.5 }, ['topP']],
    ['claude-opus-4-5@20251101', { temperature: 0.5 }, ['topP']],
    ['us.anthropic.claude-sonnet-4-6-v1:0', { temperature: 0.5 }, ['topP']],
    ['claude-opus-4-7', {}, ['temperature', 'topP']],
    ['claude-sonnet-5-5', {}, ['temperature', 'topP']],
    ['claude-haiku-5-20260930', {}, ['temperature', 'topP']],
    ['claude-mythos-preview', {}, ['temperature', 'topP']],
    ['llama-of-another', { temperature: 0.5, top_p: 0.9 }, []],
  ])('%s takes %j', (model, taken, left) => {
    const { body, samples, warnings } = translate({ prompt: 'Hi', temperature: 0.5, topP: 0.9 }, model);
    expect(body).toEqual({ model, max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], ...taken });
    expect(samples).toBe(Object.keys(taken).length > 0);
    expect(warnings.map((warning) => warning.split(' ')[0])).toEqual(left);
  });

  it('goes with no thinking', () => {
    const { body, samples, warnings } = translate({
      prompt: 'Hi',
      temperature: 0,
      providerOptions: { anthropic: { thinking: { type: 'enabled', budget_tokens: 1_024 } } },
    });
    expect(body).toMatchObject({ thinking: { type: 'enabled', budget_tokens: 1_024 } });
    expect(body).not.toHaveProperty('temperature');
    expect(samples).toBe(false);
    expect(warnings).toEqual(['temperature is not supported while a model thinks and was left out.']);
  });
});

describe('the cap', () => {
  const cap = (request: ModelRequest, model: string) => {
    const { body, warnings } = toMessagesRequest(
      { providerModel: model, request: { prompt: 'Hi', ...request } },
      dialect,
    );
    return [body.max_tokens, warnings];
  };

  it('is the request’s, the model’s, or a default that is named', () => {
    expect(cap({ maxTokens: 7 }, 'small')).toEqual([7, []]);
    expect(cap({ maxTokens: 5_000 }, 'small')).toEqual([
      1_000,
      ['maxTokens was lowered to 1000, the most that this model writes.'],
    ]);
    expect(cap({}, 'small')).toEqual([1_000, ['maxTokens was set to 1000, as this provider needs a limit.']]);
    expect(cap({}, 'other')).toEqual([4_096, ['maxTokens was set to 4096, as this provider needs a limit.']]);
  });

  it('is found by the vendor’s name of a model, also of its versions', () => {
    const settings: ProviderSettings['models'] = [
      model('a', { maxOutputTokens: 10, versions: { v2: { providerModel: 'a2', maxOutputTokens: 20 }, v3: {} } }),
      model('b', { versions: { v1: { maxOutputTokens: 5 }, v2: { providerModel: 'a' } } }),
      model('a', { maxOutputTokens: 8 }),
    ];
    expect([...outputLimitsOf({ models: settings })]).toEqual([
      ['a', 8],
      ['a2', 20],
      ['b', 5],
    ]);
  });

  function model(
    providerModel: string,
    rest: Partial<NonNullable<ProviderSettings['models']>[number]>,
  ): NonNullable<ProviderSettings['models']>[number] {
    return {
      id: providerModel,
      provider: 'p',
      providerModel,
      capabilities: [],
      price: {
        inputPerMillion: nanoUsd(0n),
        outputPerMillion: nanoUsd(0n),
        perRequest: nanoUsd(0n),
        perImage: {},
        batchFactorPpm: 1,
        above: [],
      },
      params: {},
      versions: {},
      fallbackModels: [],
      ...rest,
    };
  }
});

describe('tools', () => {
  it.each([
    ['auto', { type: 'auto' }],
    ['none', { type: 'none' }],
    ['required', { type: 'any' }],
    [{ name: 'f' }, { type: 'tool', name: 'f' }],
  ] as const)('choose %j', (toolChoice, tool_choice) => {
    const tools = [{ name: 'f', parameters: { properties: {} } }];
    expect(translate({ prompt: 'Hi', tools, toolChoice }).body).toMatchObject({
      tools: [{ name: 'f', input_schema: { type: 'object', properties: {} } }],
      tool_choice,
    });
  });

  it('cannot be chosen where there are none', () => {
    expect(translate({ prompt: 'Hi', toolChoice: 'auto' })).toMatchObject({ warnings: [] });
    const { body, warnings } = translate({ prompt: 'Hi', toolChoice: 'required' });
    expect(body).not.toHaveProperty('tool_choice');
    expect(warnings).toEqual(['toolChoice is not supported without tools and was left out.']);
  });
});

describe('an answer in JSON', () => {
  const schema = { type: 'object', properties: { a: {} } };
  const demand = (model: string, output: JsonOutput) =>
    toMessagesRequest({ providerModel: model, request: { prompt: 'Hi', maxTokens: 9 }, output }, dialect).body;

  it('is asked for in words of a model that holds to no schema, and for a schema that the vendor takes no part of', () => {
    const fitting = { ...schema, properties: { a: { type: 'string' } } };
    for (const [model, one] of [
      ['claude-3-opus', fitting],
      ['llama-of-another', fitting],
      ['claude-opus-5', schema],
    ] as const) {
      const body = demand(model, { format: 'json', schema: one });
      expect(body).not.toHaveProperty('output_config');
      expect(body.system).toContain(
        `fits this JSON Schema and with nothing else, without Markdown:\n${JSON.stringify(one)}`,
      );
    }
    expect(demand('claude-opus-4-5', { format: 'json', schema: fitting })).toMatchObject({
      output_config: { format: { type: 'json_schema', schema: { ...fitting, additionalProperties: false } } },
    });
  });
});

describe('options', () => {
  it('cannot change what the gateway chose and paid for, nor reach into prototypes', () => {
    const options = JSON.parse(
      '{"__proto__": {"polluted": 1}, "system": "x", "output_config": {"format": 1}}',
    ) as object;
    const { body, warnings } = translate({ prompt: 'Hi', providerOptions: { anthropic: { ...options } } });
    expect(body).not.toHaveProperty('system');
    expect(body).not.toHaveProperty('output_config');
    expect((body as { polluted?: unknown }).polluted).toBeUndefined();
    expect(warnings).toEqual(['providerOptions.anthropic.system is set by the gateway and was left out.']);
  });

  it('of stopping are texts that are more than white space', () => {
    const { body, warnings } = translate({ prompt: 'Hi', stop: ['\n', 'END'] });
    expect(body.stop_sequences).toEqual(['END']);
    expect(warnings).toEqual(['stop of white space is not supported by this provider and was left out.']);
  });
});
