import { type ModelCall } from '@switchyard/contract';
import { eventStream, type ToolFixtures } from '@switchyard/provider-kit/testing';
import { sentTo, user, wire } from './wire.js';

const parameters = { type: 'object', properties: { location: { type: 'string' } }, additionalProperties: false };
const weather = { name: 'get_weather', description: 'Now', parameters };
const signature = 'CtwBAVSoXO6Yh1Zk+gq3/2w==';

/** Answers of tools come back in another order than they were asked for in, one of them as an object. */
const call: ModelCall = {
  providerModel: 'gemini-3-pro-preview',
  request: {
    messages: [
      { role: 'user', content: 'The weather and the time in Oslo?' },
      {
        role: 'assistant',
        content: 'I look.',
        toolCalls: [
          { id: 'call_x_0', name: 'get_weather', arguments: '{"location":"Oslo"}', signature },
          { id: 'call_x_1', name: 'get_time', arguments: '' },
        ],
      },
      { role: 'tool', toolCallId: 'call_x_1', content: '{"hour": 9}' },
      { role: 'tool', toolCallId: 'call_x_0', content: 'sunny' },
      { role: 'user', content: 'And in Paris?' },
    ],
    tools: [weather, { name: 'get_time' }],
    toolChoice: { name: 'get_weather' },
  },
};

const body = {
  contents: [
    user({ text: 'The weather and the time in Oslo?' }),
    {
      role: 'model',
      parts: [
        { text: 'I look.' },
        { functionCall: { name: 'get_weather', args: { location: 'Oslo' } }, thoughtSignature: signature },
        { functionCall: { name: 'get_time', args: {} } },
      ],
    },
    user(
      { functionResponse: { name: 'get_weather', response: { output: 'sunny' } } },
      { functionResponse: { name: 'get_time', response: { hour: 9 } } },
    ),
    user({ text: 'And in Paris?' }),
  ],
  tools: [
    {
      functionDeclarations: [
        { name: 'get_weather', description: 'Now', parametersJsonSchema: parameters },
        { name: 'get_time' },
      ],
    },
  ],
  toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['get_weather'] } },
  generationConfig: {},
};

function replyOf(responseId: string) {
  return {
    content: '',
    toolCalls: [
      {
        id: `call_${responseId}_0`,
        name: 'get_weather',
        arguments: '{"location":"Paris, Île-de-France"}',
        signature,
      },
      { id: `call_${responseId}_1`, name: 'get_time', arguments: '{"zone":"Europe/Paris"}' },
    ],
    finishReason: 'tool_calls',
    rawFinishReason: 'STOP',
    usage: { promptTokens: 64, completionTokens: 33, totalTokens: 97, reasoningTokens: 13 },
    warnings: [],
  } as const;
}

/** Two tools called at once, in a conversation in which two were. */
export const tools: ToolFixtures = {
  generate: [
    {
      name: 'two tools at once, after two that were',
      call,
      sent: sentTo('gemini-3-pro-preview:generateContent', body),
      answer: { body: wire('tools.json') },
      reply: replyOf('9rRKaKiYF4'),
    },
    {
      name: 'a call of a tool that cannot be read',
      call: { providerModel: 'gemini-2.5-flash', request: { prompt: 'Call it', tools: [{ name: 'get_time' }] } },
      sent: sentTo('gemini-2.5-flash:generateContent', {
        contents: [user({ text: 'Call it' })],
        tools: [{ functionDeclarations: [{ name: 'get_time' }] }],
        generationConfig: {},
      }),
      answer: { body: wire('malformed.json') },
      reply: {
        content: '',
        toolCalls: [],
        finishReason: 'stop',
        rawFinishReason: 'MALFORMED_FUNCTION_CALL',
        usage: { promptTokens: 40, completionTokens: 0, totalTokens: 40 },
        warnings: [
          'The model ended its answer with MALFORMED_FUNCTION_CALL: Malformed function call: print(get_weather())',
        ],
      },
    },
  ],
  stream: [
    {
      name: 'two tools at once',
      call,
      sent: sentTo('gemini-3-pro-preview:streamGenerateContent?alt=sse', body),
      answer: eventStream(wire('tools.sse')),
      reply: replyOf('KSxJaLfSJI'),
    },
  ],
};
