import { type ModelCall } from '@switchyard/contract';

/** A conversation with every parameter that Ollama takes, and one that it does not. */
export const chatCall: ModelCall = {
  providerModel: 'llama3.2',
  contextWindow: 8192,
  options: { keepLoadedMs: 600_000 },
  request: {
    systemPrompt: 'Be kind.',
    context: { city: 'Wien' },
    messages: [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi!' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'How are' },
          { type: 'text', text: 'you?' },
        ],
      },
    ],
    temperature: 0.7,
    maxTokens: 500,
    topP: 0.9,
    frequencyPenalty: 0.5,
    presencePenalty: -0.5,
    stop: ['END'],
    seed: 7,
    quality: 'high',
    providerOptions: {
      ollama: { top_k: 20, think: false, num_ctx: 2_000_000, options: { min_p: 0.1, num_predict: -1 } },
      openai: { n: 5 },
    },
  },
};

export const chatBody = {
  model: 'llama3.2',
  messages: [
    { role: 'system', content: 'Be kind.\n\nContext:\n{"city":"Wien"}' },
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Hi!' },
    { role: 'user', content: 'How are\nyou?' },
  ],
  keep_alive: '600000ms',
  options: {
    num_predict: 500,
    num_ctx: 8192,
    temperature: 0.7,
    top_p: 0.9,
    frequency_penalty: 0.5,
    presence_penalty: -0.5,
    stop: ['END'],
    seed: 7,
    top_k: 20,
    min_p: 0.1,
  },
  think: false,
};

export const chatWarnings = [
  'providerOptions.ollama.num_ctx is set by the gateway and was left out.',
  'providerOptions.ollama.num_predict is set by the gateway and was left out.',
  'quality is not supported by this provider and was left out.',
];

const weather = {
  name: 'get_current_weather',
  description: 'Get the current weather for a location',
  parameters: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] },
} as const;

/** A conversation in which a tool was called before; Ollama is told its name with its answer. */
export const toolsCall: ModelCall = {
  providerModel: 'qwen3',
  request: {
    messages: [
      { role: 'system', content: 'Use tools.' },
      { role: 'user', content: 'Where am I, and what is the weather?' },
      {
        role: 'assistant',
        content: null,
        toolCalls: [{ id: 'call_1', name: 'get_place', arguments: '{"exact":true}' }],
      },
      { role: 'tool', toolCallId: 'call_1', content: 'Paris' },
    ],
    tools: [weather, { name: 'get_time' }],
  },
};

export const toolsBody = {
  model: 'qwen3',
  messages: [
    { role: 'system', content: 'Use tools.' },
    { role: 'user', content: 'Where am I, and what is the weather?' },
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ function: { name: 'get_place', arguments: { exact: true } } }],
    },
    { role: 'tool', content: 'Paris', tool_name: 'get_place' },
  ],
  tools: [
    { type: 'function', function: weather },
    { type: 'function', function: { name: 'get_time' } },
  ],
};
