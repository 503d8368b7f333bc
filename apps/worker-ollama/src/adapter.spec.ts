import { describeProvider, type ErrorFixture, json, jsonLines } from '@switchyard/provider-kit/testing';
import { chatBody, chatCall, chatWarnings, toolsBody, toolsCall } from './__fixtures__/calls.js';
import { chatReply, chatSent, HEADERS, wire, withUsage } from './__fixtures__/wire.js';
import { createProvider, ollamaDescription } from './adapter.js';

const plainChat = { answer: { body: wire('chat.json') }, reply: chatReply };
const colour = { type: 'object', properties: { colour: { type: 'string' } }, required: ['colour'] } as const;
const nameAColour = { model: 'llama3.2', messages: [{ role: 'user', content: 'Name a colour' }], stream: false };

function refused(
  name: string,
  status: number,
  error: string,
  code: ErrorFixture['code'],
  message?: string,
): ErrorFixture {
  return { name, answer: json({ error }, status), code, ...(message !== undefined && { message }) };
}

describeProvider('ollama', {
  description: ollamaDescription,
  createProvider,
  basePath: '',
  capabilities: {
    generate: {
      exchanges: [
        {
          name: 'a conversation with every parameter',
          call: chatCall,
          sent: chatSent({ ...chatBody, stream: false }),
          answer: { body: wire('chat.json') },
          reply: { ...chatReply, warnings: chatWarnings },
        },
        {
          name: 'a prompt, to a server that only loads its model',
          call: { providerModel: 'llama3.2', request: { prompt: '' } },
          sent: chatSent({ model: 'llama3.2', messages: [{ role: 'user', content: '' }], stream: false }),
          answer: { body: wire('chat-load.json') },
          reply: { content: '', toolCalls: [], finishReason: 'stop', rawFinishReason: 'load', warnings: [] },
        },
      ],
      withUsage: (variant) => ({ body: withUsage(wire('chat.json'), variant) }),
    },
    stream: {
      exchanges: [
        {
          name: 'a conversation, thought about beforehand',
          call: chatCall,
          sent: chatSent({ ...chatBody, stream: true }),
          answer: jsonLines(wire('chat.ndjson')),
          reply: {
            content: 'Grüß dich! 👋 Fünf Töne: ♩♪♫♬♭.',
            toolCalls: [],
            finishReason: 'stop',
            rawFinishReason: 'stop',
            usage: { promptTokens: 26, completionTokens: 282, totalTokens: 308 },
            warnings: chatWarnings,
          },
        },
      ],
      withUsage: (variant) => jsonLines(withUsage(wire('chat.ndjson'), variant)),
      incomplete: {
        'without its last line': jsonLines(wire('chat.ndjson').split('\n').slice(0, -2).join('\n')),
        'with a last line that says no done': jsonLines(wire('chat.ndjson').replace('"done":true', '"done":false')),
        'within a line': jsonLines(wire('chat.ndjson').slice(0, -20)),
        'without anything': jsonLines(''),
      },
      errors: [
        {
          name: 'as Ollama sends it',
          answer: jsonLines(
            `${wire('chat.ndjson').split('\n', 1)[0]}\n{"error":"an error was encountered while running the model"}\n`,
          ),
          code: 'stream_interrupted',
        },
        { name: 'in the place of the answer', answer: jsonLines('{"error":"oh no"}\n'), code: 'stream_interrupted' },
        { name: 'that is not JSON', answer: jsonLines('oh no\n'), code: 'bad_response' },
        { name: 'that is no object', answer: jsonLines('[]\n'), code: 'bad_response' },
        { name: 'that is no message', answer: jsonLines('{"done":false}\n'), code: 'bad_response' },
      ],
    },
    tools: {
      generate: [
        {
          name: 'tools',
          call: toolsCall,
          sent: chatSent({ ...toolsBody, stream: false }),
          answer: { body: wire('tools.json') },
          reply: {
            content: '',
            toolCalls: [
              {
                id: 'call_0',
                name: 'get_current_weather',
                arguments: '{"format":"celsius","location":"Paris, Île-de-France"}',
              },
            ],
            finishReason: 'tool_calls',
            rawFinishReason: 'stop',
            usage: { promptTokens: 122, completionTokens: 33, totalTokens: 155 },
            warnings: [],
          },
        },
        {
          name: 'tools of which none is wanted',
          call: { ...toolsCall, request: { ...toolsCall.request, toolChoice: 'none' } },
          sent: chatSent({ model: 'qwen3', messages: toolsBody.messages, stream: false }),
          ...plainChat,
        },
        {
          name: 'a tool that is wanted',
          call: { ...toolsCall, request: { ...toolsCall.request, toolChoice: { name: 'get_time' } } },
          sent: chatSent({ ...toolsBody, tools: [toolsBody.tools[1]], stream: false }),
          ...plainChat,
          reply: {
            ...chatReply,
            warnings: ['toolChoice cannot force a tool with this provider; it may answer text.'],
          },
        },
      ],
      stream: [
        {
          name: 'two tools',
          call: toolsCall,
          sent: chatSent({ ...toolsBody, stream: true }),
          answer: jsonLines(wire('tools.ndjson')),
          reply: {
            content: '',
            toolCalls: [
              { id: 'call_7Xq2', name: 'get_current_weather', arguments: '{"format":"celsius","location":"Paris"}' },
              { id: 'call_1', name: 'get_time', arguments: '{}' },
            ],
            finishReason: 'tool_calls',
            rawFinishReason: 'stop',
            usage: { promptTokens: 122, completionTokens: 33, totalTokens: 155 },
            warnings: [],
          },
        },
      ],
    },
    json: [
      {
        ...plainChat,
        name: 'an object of a schema',
        call: {
          providerModel: 'llama3.2',
          request: { prompt: 'Name a colour' },
          output: { format: 'json', schema: colour },
        },
        sent: chatSent({ ...nameAColour, format: colour }),
      },
      {
        ...plainChat,
        name: 'any object',
        call: { providerModel: 'llama3.2', request: { prompt: 'Name a colour' }, output: { format: 'json' } },
        sent: chatSent({ ...nameAColour, format: 'json' }),
      },
    ],
    imageInput: [
      {
        ...plainChat,
        name: 'a text and images, the name of a file among them',
        call: {
          providerModel: 'llava',
          request: {
            messages: [
              {
                role: 'user',
                content: [
                  { type: 'text', text: 'What is in this image?' },
                  { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
                  { type: 'image_url', image_url: { url: 'data:;base64,/etc/hosts', detail: 'low' } },
                ],
              },
            ],
          },
        },
        sent: chatSent({
          model: 'llava',
          messages: [{ role: 'user', content: 'What is in this image?', images: ['iVBORw0KGgo=', '/etc/hosts'] }],
          stream: false,
        }),
      },
    ],
    audioInput: 'unsupported',
    fileInput: 'unsupported',
    code: [
      {
        name: 'a quantized variant',
        call: {
          providerModel: 'qwen2.5-coder:7b-instruct-fp16',
          options: { quantization: { bits: 4 } },
          request: { prompt: 'add two numbers', language: 'python', maxTokens: 12 },
        },
        sent: chatSent({
          model: 'qwen2.5-coder:7b-instruct-q4_K_M',
          messages: [
            { role: 'system', content: 'Write the code in python.' },
            { role: 'user', content: 'add two numbers' },
          ],
          options: { num_predict: 12 },
          stream: false,
        }),
        answer: { body: wire('chat-length.json') },
        reply: {
          content: 'def add(a: int, b: int) -> int:',
          toolCalls: [],
          finishReason: 'length',
          rawFinishReason: 'length',
          usage: { promptTokens: 34, completionTokens: 12, totalTokens: 46 },
          warnings: [],
        },
      },
    ],
    embed: [
      {
        name: 'two texts',
        call: {
          providerModel: 'all-minilm',
          contextWindow: 512,
          options: { keepLoadedMs: 0 },
          request: {
            input: ['Why is the sky blue?', 'Why is the grass green?'],
            temperature: 1,
            providerOptions: { ollama: { dimensions: 3, input: 'x' } },
          },
        },
        sent: {
          method: 'POST',
          path: '/api/embed',
          headers: HEADERS,
          body: {
            model: 'all-minilm',
            input: ['Why is the sky blue?', 'Why is the grass green?'],
            truncate: false,
            keep_alive: '0ms',
            options: { num_ctx: 512 },
            dimensions: 3,
          },
        },
        answer: { body: wire('embed.json') },
        reply: {
          embeddings: [
            [0.010071029, -0.0017594862, 0.05007221],
            [-0.0098027075, 0.06042469, 0.025257962],
          ],
          usage: { promptTokens: 8, completionTokens: 0, totalTokens: 8 },
          warnings: [
            'providerOptions.ollama.input is set by the gateway and was left out.',
            'temperature is not supported by this provider and was left out.',
          ],
        },
      },
    ],
    image: 'unsupported',
    listModels: {
      sent: { method: 'GET', path: '/api/tags', headers: HEADERS },
      answer: { body: wire('tags.json') },
      models: [{ id: 'codellama:13b' }, { id: 'llama3:latest' }],
    },
    getModelInfo: {
      model: 'llama3.2',
      sent: { method: 'POST', path: '/api/show', headers: HEADERS, body: { model: 'llama3.2' } },
      found: { body: wire('show.json') },
      missing: [json({ error: "model 'llama3.2' not found" }, 404)],
    },
  },
  errors: [
    refused('an unknown model', 404, "model 'llama9' not found", 'model_unavailable'),
    refused(
      'a model without tools',
      400,
      'registry.ollama.ai/library/gemma:2b does not support tools',
      'invalid_request',
      'does not support tools',
    ),
    refused(
      'a prompt over the window',
      400,
      'the input length exceeds the context length',
      'invalid_request',
      'exceeds the context length',
    ),
    refused('a full queue', 503, 'server busy, please try again.  maximum pending requests exceeded', 'overloaded'),
    refused(
      'too little memory',
      500,
      'model requires more system memory (5.6 GiB) than is available (3.1 GiB)',
      'overloaded',
    ),
  ],
});
