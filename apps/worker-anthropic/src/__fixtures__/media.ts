import { type CapabilityTable } from '@switchyard/provider-kit/testing';
import { messageReply, messagesSent, wire } from './wire.js';

const colour = {
  type: 'object',
  properties: { colour: { type: 'string', maxLength: 20 } },
  required: ['colour'],
} as const;

const answered = { answer: { body: wire('message.json') }, reply: messageReply };

function asking(content: readonly unknown[]): ReturnType<typeof messagesSent> {
  return messagesSent({ model: 'claude-opus-5', max_tokens: 100, messages: [{ role: 'user', content }] });
}

const png = 'iVBORw0KGgo=';
const question = { type: 'text', text: 'What is in this?' } as const;

/** Answers of a given shape, and parts of a message that are no text. */
export const media: Pick<CapabilityTable, 'json' | 'imageInput' | 'fileInput'> = {
  json: [
    {
      ...answered,
      name: 'an object of a schema, in the words that the vendor knows',
      call: {
        providerModel: 'claude-opus-5',
        request: {
          prompt: 'Name a colour',
          maxTokens: 100,
          providerOptions: { anthropic: { output_config: { effort: 'low' } } },
        },
        output: { format: 'json', schema: colour },
      },
      sent: messagesSent({
        model: 'claude-opus-5',
        max_tokens: 100,
        messages: [{ role: 'user', content: 'Name a colour' }],
        output_config: {
          effort: 'low',
          format: {
            type: 'json_schema',
            schema: {
              type: 'object',
              properties: { colour: { type: 'string', description: '{maxLength: 20}' } },
              required: ['colour'],
              additionalProperties: false,
            },
          },
        },
      }),
    },
    {
      ...answered,
      name: 'any object',
      call: {
        providerModel: 'claude-opus-5',
        request: { prompt: 'Name a colour', maxTokens: 100, systemPrompt: 'Be terse.' },
        output: { format: 'json' },
      },
      sent: messagesSent({
        model: 'claude-opus-5',
        max_tokens: 100,
        messages: [{ role: 'user', content: 'Name a colour' }],
        system: 'Be terse.\n\nAnswer with one JSON object and nothing else, without Markdown.',
      }),
    },
  ],
  imageInput: [
    {
      ...answered,
      name: 'by address and by content',
      call: {
        providerModel: 'claude-opus-5',
        request: {
          maxTokens: 100,
          messages: [
            {
              role: 'user',
              content: [
                { type: 'image_url', image_url: { url: 'https://example.com/boardwalk.jpg', detail: 'low' } },
                { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
                question,
              ],
            },
          ],
        },
      },
      sent: asking([
        { type: 'image', source: { type: 'url', url: 'https://example.com/boardwalk.jpg' } },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
        question,
      ]),
      reply: {
        ...messageReply,
        warnings: ['image_url.detail is not supported by this provider and was left out.'],
      },
    },
  ],
  fileInput: [
    {
      ...answered,
      name: 'a PDF and a text',
      call: {
        providerModel: 'claude-opus-5',
        request: {
          maxTokens: 100,
          messages: [
            {
              role: 'user',
              content: [
                { type: 'file', file: { data: 'JVBERi0=', mimeType: 'application/pdf', filename: 'invoice.pdf' } },
                { type: 'file', file: { data: 'R3LDvMOfZQ==', mimeType: 'text/plain; charset=utf-8' } },
                question,
              ],
            },
          ],
        },
      },
      sent: asking([
        {
          type: 'document',
          source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
          title: 'invoice.pdf',
        },
        { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Grüße' } },
        question,
      ]),
    },
  ],
};
