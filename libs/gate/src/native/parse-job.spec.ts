import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '@switchyard/contract';
import { parseJob } from './parse-job.js';

const PROMPT = { type: 'generation', request: { prompt: 'Hello' } };
const TOOL = { name: 'get_weather', description: 'It.', parameters: { type: 'object' } };

function refusalOf(body: unknown): GatewayError {
  try {
    parseJob(body);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

/** A generation whose request is this, or of another type. */
function job(request: object, type = 'generation'): unknown {
  return { type, request };
}

function message(fields: object): unknown {
  return job({ messages: [{ role: 'user', content: 'Hi' }, fields] });
}

function part(fields: object): unknown {
  return job({ messages: [{ role: 'user', content: [fields] }] });
}

describe('parseJob', () => {
  it('fills in the defaults', () => {
    expect(parseJob(PROMPT)).toEqual({
      type: 'generation',
      request: { prompt: 'Hello' },
      selection: {},
      priority: 5,
      delaySeconds: 0,
      timeoutSeconds: 600,
      expiresInSeconds: 86_400,
      userId: null,
      task: null,
      metadata: {},
    });
  });

  it('keeps what is said', () => {
    const said = {
      selection: {
        provider: 'auto',
        modelId: 'gpt-4',
        modelVersion: 'v1',
        fallback: false,
        localOnly: false,
        prefer: 'balanced',
      },
      priority: 0,
      delaySeconds: 0.5,
      timeoutSeconds: 1,
      expiresInSeconds: 2,
      userId: 'user-42',
      task: { type: 'planning', complexity: 0.9 },
      metadata: { any: 'string', constructor: 'a name like others' },
    };
    expect(parseJob({ ...PROMPT, ...said })).toMatchObject(said);
  });

  it.each([
    [
      'messages of every role',
      {
        messages: [
          { role: 'system', content: 'Be brief.' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is it?' },
              { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
            ],
          },
          {
            role: 'assistant',
            content: null,
            toolCalls: [{ id: 'c1', name: 'get_weather', arguments: '{}', signature: 'c2ln' }],
          },
          { role: 'tool', content: '12°', toolCallId: 'c1' },
        ],
      },
    ],
    [
      'an image as data',
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
        ],
      },
    ],
    [
      'audio and files',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'audio', audio: { data: 'UklGRg==', format: 'wav' } },
              { type: 'file', file: { data: 'JVBERi0=', mimeType: 'application/pdf', filename: 'a.pdf' } },
            ],
          },
        ],
      },
    ],
    [
      'every bound from below',
      { prompt: 'x', temperature: 0, topP: 0, frequencyPenalty: -2, presencePenalty: -2, maxTokens: 1 },
    ],
    ['every bound from above', { prompt: 'x', temperature: 2, topP: 1, frequencyPenalty: 2, presencePenalty: 2 }],
    ['any context', { prompt: 'x', context: [{ source: 'a', content: 1 }, null] }],
    ['tools and a choice', { prompt: 'x', tools: [TOOL], toolChoice: { name: 'get_weather' } }],
    ['a prompt that may be trimmed', { prompt: 'x', overflow: 'trim_middle' }],
    ['options of a vendor', { prompt: 'x', providerOptions: { openai: { reasoning_effort: 'low' } } }],
  ])('takes %s as they are', (_name, request) => {
    expect(parseJob(job(request)).request).toEqual(request);
  });

  it.each([
    ['embedding', { input: 'text' }],
    ['embedding', { input: ['a', 'b'] }],
    [
      'image',
      { prompt: 'a cat', size: '1024x1024', n: 2, quality: 'hd', style: 'vivid', responseFormat: 'url', seed: 0 },
    ],
    ['image', { prompt: 'a cat', width: 512, height: 512, numInferenceSteps: 20, negativePrompt: 'dogs', seed: -1 }],
    ['code', { prompt: 'sort', language: 'python' }],
  ])('takes a job of the type %s: %j', (type, request) => {
    expect(parseJob({ type, request })).toMatchObject({ type, request });
  });

  it('takes `functions` and `function_call` as the older names of tools', () => {
    expect(parseJob(job({ prompt: 'x', functions: [TOOL], function_call: { name: 'get_weather' } })).request).toEqual({
      prompt: 'x',
      tools: [TOOL],
      toolChoice: { name: 'get_weather' },
    });
  });

  it('takes `request.modelId` for `selection.modelId`, and not for a parameter', () => {
    const parsed = parseJob({ ...(job({ prompt: 'x', modelId: 'gpt-4' }) as object), selection: { modelId: 'gpt-4' } });
    expect(parsed.selection.modelId).toBe('gpt-4');
    expect(parsed.request).toEqual({ prompt: 'x' });
  });

  it('says 400 where there is no body', () => {
    expect(refusalOf(undefined)).toMatchObject({ status: 400, type: 'invalid_request_error' });
  });

  it.each<[body: unknown, param: string | undefined]>([
    [null, undefined],
    ['text', undefined],
    [[], undefined],
    [{}, 'type'],
    [{ type: 'generation' }, 'request'],
    [{ type: 'poem', request: { prompt: 'x' } }, 'type'],
    [{ type: 'generation', request: 'x' }, 'request'],
    [{ ...PROMPT, prompt: 'x' }, 'prompt'],
    [{ ...PROMPT, request: { prompt: 'x', max_tokens: 1 } }, 'request.max_tokens'],
    [job({}), 'request.prompt'],
    [job({ prompt: 'x', messages: [{ role: 'user', content: 'x' }] }), 'request.messages'],
    [job({ prompt: 'x', messages: [{ role: 'user', content: 'x' }] }, 'image'), 'request.messages'],
    [job({ prompt: '' }), 'request.prompt'],
    [job({ prompt: ['x'] }), 'request.prompt'],
    [job({ prompt: { text: 'x' } }), 'request.prompt'],
    [job({ messages: [] }), 'request.messages'],
    [job({ messages: [{ role: 'user' }] }), 'request.messages[0].content'],
    [job({ messages: [{ role: 'robot', content: 'x' }] }), 'request.messages[0].role'],
    [job({ messages: [{ role: 'user', content: [] }] }), 'request.messages[0].content'],
    [job({ messages: [{ role: 'user', content: [{ type: 'video' }] }] }), 'request.messages[0].content[0].type'],
    [job({ messages: [{ role: 'user', content: [{ type: 'text' }] }] }), 'request.messages[0].content[0].text'],
    [
      job({ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }),
      'request.messages[0].content[0].image_url',
    ],
    [part({ type: 'audio' }), 'request.messages[0].content[0].audio'],
    [part({ type: 'audio', audio: { data: 'AAAA' } }), 'request.messages[0].content[0].audio.format'],
    [part({ type: 'audio', audio: { data: 'AAAA', format: 'midi' } }), 'request.messages[0].content[0].audio.format'],
    [part({ type: 'audio', audio: { data: 'AAA', format: 'wav' } }), 'request.messages[0].content[0].audio.data'],
    [part({ type: 'audio', audio: { data: 'A=AA', format: 'wav' } }), 'request.messages[0].content[0].audio.data'],
    [part({ type: 'file', file: { data: 'AAAA' } }), 'request.messages[0].content[0].file.mimeType'],
    [part({ type: 'file', file: { data: 'AAAA', mimeType: 'pdf' } }), 'request.messages[0].content[0].file.mimeType'],
    [
      part({ type: 'file', file: { data: 'data:a/b;base64,AA==', mimeType: 'a/b' } }),
      'request.messages[0].content[0].file.data',
    ],
    [
      part({ type: 'file', file: { url: 'https://example.com', mimeType: 'a/b', data: 'AAAA' } }),
      'request.messages[0].content[0].file.url',
    ],
    [message({ role: 'user', content: null }), 'request.messages[1].content'],
    [message({ role: 'assistant', content: null }), 'request.messages[1].content'],
    [message({ role: 'assistant', content: null, toolCalls: [] }), 'request.messages[1].toolCalls'],
    [message({ role: 'assistant', content: '', toolCalls: [{ id: 'c' }] }), 'request.messages[1].toolCalls[0].name'],
    [message({ role: 'tool', content: 'x' }), 'request.messages[1].toolCallId'],
    [message({ role: 'user', content: 'x', toolCallId: 'c' }), 'request.messages[1].toolCallId'],
    [
      message({ role: 'user', content: 'x', toolCalls: [{ id: 'c', name: 'n', arguments: '' }] }),
      'request.messages[1].toolCalls',
    ],
    [message({ role: 'user', content: 'x', name: 'Bob' }), 'request.messages[1].name'],
    [job({ prompt: 'x', temperature: 2.1 }), 'request.temperature'],
    [job({ prompt: 'x', temperature: -0.1 }), 'request.temperature'],
    [job({ prompt: 'x', temperature: '1' }), 'request.temperature'],
    [job({ prompt: 'x', temperature: null }), 'request.temperature'],
    [job({ prompt: 'x', topP: 1.1 }), 'request.topP'],
    [job({ prompt: 'x', frequencyPenalty: -2.1 }), 'request.frequencyPenalty'],
    [job({ prompt: 'x', presencePenalty: 2.1 }), 'request.presencePenalty'],
    [job({ prompt: 'x', maxTokens: 0 }), 'request.maxTokens'],
    [job({ prompt: 'x', maxTokens: 1.5 }), 'request.maxTokens'],
    [job({ prompt: 'x', maxTokens: 2 ** 53 }), 'request.maxTokens'],
    [job({ prompt: 'x', stop: 'x' }), 'request.stop'],
    [job({ prompt: 'x', stop: [''] }), 'request.stop[0]'],
    [job({ prompt: 'x', tools: [] }), 'request.tools'],
    [job({ prompt: 'x', tools: [{ description: 'nameless' }] }), 'request.tools[0].name'],
    [job({ prompt: 'x', tools: [{ name: 'get weather' }] }), 'request.tools[0].name'],
    [job({ prompt: 'x', tools: [TOOL, TOOL] }), 'request.tools[1].name'],
    [job({ prompt: 'x', tools: [{ name: 'a', parameters: 'none' }] }), 'request.tools[0].parameters'],
    [job({ prompt: 'x', toolChoice: 'auto' }), 'request.toolChoice'],
    [job({ prompt: 'x', tools: [TOOL], toolChoice: 'always' }), 'request.toolChoice'],
    [job({ prompt: 'x', tools: [TOOL], toolChoice: { name: 'other' } }), 'request.toolChoice'],
    [job({ prompt: 'x', tools: [TOOL], functions: [TOOL] }), 'request.functions'],
    [job({ prompt: 'x', tools: [TOOL], toolChoice: 'auto', function_call: 'auto' }), 'request.function_call'],
    [job({ prompt: 'x', overflow: 'cut' }), 'request.overflow'],
    [job({ prompt: 'x', overflow: 'summarize' }), 'request.overflow'],
    [job({ prompt: 'x', providerOptions: { openai: 1 } }), 'request.providerOptions.openai'],
    [job({}, 'embedding'), 'request.input'],
    [job({ prompt: 'x' }, 'embedding'), 'request.input'],
    [job({ input: '' }, 'embedding'), 'request.input'],
    [job({ input: [] }, 'embedding'), 'request.input'],
    [job({ input: ['a', ''] }, 'embedding'), 'request.input[1]'],
    [job({ input: [1] }, 'embedding'), 'request.input[0]'],
    [job({}, 'image'), 'request.prompt'],
    [job({ prompt: 'x', size: 'large' }, 'image'), 'request.size'],
    [job({ prompt: 'x', n: 0 }, 'image'), 'request.n'],
    [job({ prompt: 'x', n: 11 }, 'image'), 'request.n'],
    [job({ prompt: 'x', width: 1 }, 'image'), 'request.width'],
    [job({ prompt: 'x', seed: 2 ** 60 }, 'image'), 'request.seed'],
    [job({ prompt: 'x', responseFormat: 'b64_json' }, 'image'), 'request.responseFormat'],
    [{ ...PROMPT, priority: 10 }, 'priority'],
    [{ ...PROMPT, priority: -1 }, 'priority'],
    [{ ...PROMPT, priority: 1.5 }, 'priority'],
    [{ ...PROMPT, delaySeconds: -1 }, 'delaySeconds'],
    [{ ...PROMPT, delaySeconds: '5' }, 'delaySeconds'],
    [{ ...PROMPT, timeoutSeconds: 0 }, 'timeoutSeconds'],
    [{ ...PROMPT, expiresInSeconds: 0 }, 'expiresInSeconds'],
    [{ ...PROMPT, expiresInSeconds: 1e9 }, 'expiresInSeconds'],
    [{ ...PROMPT, userId: '' }, 'userId'],
    [{ ...PROMPT, userId: { $ne: null } }, 'userId'],
    [{ ...PROMPT, task: { complexity: 1 } }, 'task.type'],
    [{ ...PROMPT, task: { type: 'code', complexity: 2 } }, 'task.complexity'],
    [{ ...PROMPT, task: { type: 'x'.repeat(257) } }, 'task.type'],
    [{ ...PROMPT, metadata: { a: 1 } }, 'metadata.a'],
    [{ ...PROMPT, metadata: [] }, 'metadata'],
    [{ ...PROMPT, selection: { model: 'x' } }, 'selection.model'],
    [{ ...PROMPT, selection: { modelId: '' } }, 'selection.modelId'],
    [{ ...PROMPT, selection: { modelId: ['x'] } }, 'selection.modelId'],
    [{ ...PROMPT, selection: { fallback: 1 } }, 'selection.fallback'],
    [{ ...PROMPT, selection: { prefer: 'luck' } }, 'selection.prefer'],
    [{ type: 'generation', request: { prompt: 'x', modelId: 'a' }, selection: { modelId: 'b' } }, 'request.modelId'],
    [{ ...PROMPT, onTimeout: {} }, 'onTimeout.content'],
    [{ ...PROMPT, stream: true }, 'stream'],
    [{ ...PROMPT, stream: null }, 'stream'],
    [{ ...PROMPT, selection: { fallback: [7] } }, 'selection.fallback[0]'],
    [{ ...PROMPT, selection: { fallback: Array.from({ length: 9 }, () => 'm') } }, 'selection.fallback'],
    [job({ prompt: 'x', size: '64x64' }), 'request.size'],
    [job({ prompt: 'x', n: 2 }, 'code'), 'request.n'],
    [job({ prompt: 'x', input: 'y' }), 'request.input'],
    [job({ prompt: 'x', negativePrompt: 'y' }), 'request.negativePrompt'],
    [job({ input: 'x', prompt: 'y' }, 'embedding'), 'request.prompt'],
    [job({ input: 'x', temperature: 0 }, 'embedding'), 'request.temperature'],
    [job({ input: 'x', functions: [TOOL] }, 'embedding'), 'request.functions'],
    [job({ prompt: 'x', maxTokens: 5 }, 'image'), 'request.maxTokens'],
    [job({ prompt: 'x', tools: [TOOL] }, 'image'), 'request.tools'],
    [job({ prompt: 'x', language: 'python' }, 'image'), 'request.language'],
    [{ ...(job({ input: 'x' }, 'embedding') as object), onTimeout: { content: 'late' } }, 'onTimeout'],
    [{ ...(job({ prompt: 'x' }, 'image') as object), onTimeout: { content: 'late' } }, 'onTimeout'],
    [{ ...PROMPT, webhook: { url: 'https://example.com' } }, 'webhook'],
  ])('refuses %j', (body, param) => {
    const error = refusalOf(body);
    expect([error.type, error.status, error.param]).toEqual(['invalid_request_error', 422, param]);
    expect(error.message).toContain(param === undefined ? 'The body' : `\`${param}`);
  });

  it.each([
    'http://example.com/a.png',
    'file:///etc/passwd',
    'https://user:secret@example.com/a.png',
    'gopher://example.com',
    'data:text/html,<script>',
    'javascript:alert(1)',
    '//example.com/a.png',
    'no address',
  ])('lets no vendor fetch %s', (url) => {
    const body = job({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] });
    expect(refusalOf(body)).toMatchObject({ status: 422, param: 'request.messages[0].content[0].image_url.url' });
  });

  it('takes fields of later versions where they ask for nothing', () => {
    expect(parseJob({ ...PROMPT, stream: false, cache: false }).type).toBe('generation');
    for (const selection of [
      { fallback: false, modelId: 'gpt-4' },
      { fallback: ['gpt-4', 'openai'] },
      { prefer: 'balanced' },
    ]) {
      expect(parseJob({ ...PROMPT, selection }).selection).toEqual(selection);
    }
  });

  it.each(['generation', 'code', 'embedding', 'image'])('says of which type a field is, as in %s', (type) => {
    const request = type === 'embedding' ? { input: 'x', quality: 'hd' } : { prompt: 'x', input: 'y' };
    const owner = type === 'embedding' ? 'image' : 'embedding';
    expect(refusalOf({ type, request }).message).toContain(
      `of the type ${owner}; leave it out of one of the type ${type}`,
    );
  });

  it('takes fields that every type may have', () => {
    for (const [type, request] of [
      ['embedding', { input: 'x' }],
      ['image', { prompt: 'x' }],
      ['code', { prompt: 'x', language: 'go', seed: 1 }],
    ] as const) {
      const said = { ...request, overflow: 'refuse', providerOptions: { openai: { user: 'u' } } };
      expect(parseJob({ type, request: { ...said, modelId: 'm' } }).request).toEqual(said);
    }
  });

  it('never repeats what a client sent beside names', () => {
    expect(refusalOf(job({ prompt: 'x', temperature: 'canary-4711' })).message).not.toContain('canary');
  });
});
