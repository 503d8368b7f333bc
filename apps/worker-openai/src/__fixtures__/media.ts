import { type CapabilityTable } from '@switchyard/provider-kit/testing';
import { chatReply, chatSent, wire } from './wire.js';

const colour = { type: 'object', properties: { colour: { type: 'string' } }, required: ['colour'] } as const;
const recording = { type: 'audio', audio: { data: 'UklGRg==', format: 'wav' } } as const;
const document = {
  type: 'file',
  file: { data: 'JVBERi0=', mimeType: 'application/pdf', filename: 'invoice.pdf' },
} as const;

const plainChat = { answer: { body: wire('chat.json') }, reply: chatReply };

/** Answers of a given shape, and parts of a message that are no text. */
export const media: Pick<CapabilityTable, 'json' | 'audioInput' | 'fileInput'> = {
  json: [
    {
      ...plainChat,
      name: 'an object of a schema',
      call: {
        providerModel: 'gpt-4.1',
        request: { prompt: 'Name a colour' },
        output: { format: 'json', schema: colour },
      },
      sent: chatSent({
        model: 'gpt-4.1',
        messages: [{ role: 'user', content: 'Name a colour' }],
        response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: colour } },
        stream: false,
      }),
    },
    {
      ...plainChat,
      name: 'any object',
      call: { providerModel: 'gpt-4.1', request: { prompt: 'Name a colour' }, output: { format: 'json' } },
      sent: chatSent({
        model: 'gpt-4.1',
        messages: [{ role: 'user', content: 'Name a colour' }],
        response_format: { type: 'json_object' },
        stream: false,
      }),
    },
  ],
  audioInput: [
    {
      ...plainChat,
      name: 'a recording',
      call: { providerModel: 'gpt-4.1', request: { messages: [{ role: 'user', content: [recording] }] } },
      sent: chatSent({
        model: 'gpt-4.1',
        messages: [
          { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }] },
        ],
        stream: false,
      }),
    },
  ],
  fileInput: [
    {
      ...plainChat,
      name: 'a document',
      call: { providerModel: 'gpt-4.1', request: { messages: [{ role: 'user', content: [document] }] } },
      sent: chatSent({
        model: 'gpt-4.1',
        messages: [
          {
            role: 'user',
            content: [
              { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'invoice.pdf' } },
            ],
          },
        ],
        stream: false,
      }),
    },
  ],
};
