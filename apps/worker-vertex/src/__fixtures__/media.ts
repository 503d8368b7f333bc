import { type CapabilityTable } from '@switchyard/provider-kit/testing';
import { chatReply, sentTo, user, wire } from './wire.js';

const colour = { type: 'object', properties: { colour: { type: ['string', 'null'] } }, $defs: {} } as const;
const question = { type: 'text', text: 'What is this?' } as const;
const recording = { type: 'audio', audio: { data: 'UklGRg==', format: 'wav' } } as const;
const song = { type: 'audio', audio: { data: 'SUQz', format: 'mp3' } } as const;
const document = {
  type: 'file',
  file: { data: 'JVBERi0=', mimeType: 'application/pdf', filename: 'invoice.pdf' },
} as const;
const photo = {
  type: 'image_url',
  image_url: { url: 'https://example.com/yard/Boardwalk.JPG?size=2#top', detail: 'low' },
} as const;
const drawing = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } } as const;
const store = { type: 'image_url', image_url: { url: 'gs://yard/track.webp' } } as const;

const plainChat = { answer: { body: wire('chat.json') }, reply: chatReply };
const jsonReply = {
  answer: { body: wire('json.json') },
  reply: {
    ...chatReply,
    content: '{"colour": "türkis"}',
    usage: { promptTokens: 4, completionTokens: 8, totalTokens: 12 },
  },
};

/** Answers of a given shape, and parts of a message that are no text. */
export const media: Pick<CapabilityTable, 'json' | 'imageInput' | 'audioInput' | 'fileInput'> = {
  json: [
    {
      ...jsonReply,
      name: 'an object of a schema',
      call: {
        providerModel: 'gemini-2.5-flash',
        request: { prompt: 'Name a colour' },
        output: { format: 'json', schema: colour },
      },
      sent: sentTo('gemini-2.5-flash:generateContent', {
        contents: [user({ text: 'Name a colour' })],
        generationConfig: { responseMimeType: 'application/json', responseJsonSchema: colour },
      }),
    },
    {
      ...jsonReply,
      name: 'any object',
      call: {
        providerModel: 'gemini-2.5-flash',
        request: { prompt: 'Name a colour' },
        output: { format: 'json' },
      },
      sent: sentTo('gemini-2.5-flash:generateContent', {
        contents: [user({ text: 'Name a colour' })],
        generationConfig: { responseMimeType: 'application/json' },
      }),
    },
  ],
  imageInput: [
    {
      ...plainChat,
      name: 'images by address and by content',
      call: {
        providerModel: 'gemini-2.5-flash',
        request: { messages: [{ role: 'user', content: [question, photo, drawing, store] }] },
      },
      sent: sentTo('gemini-2.5-flash:generateContent', {
        contents: [
          user(
            { text: 'What is this?' },
            { fileData: { fileUri: 'https://example.com/yard/Boardwalk.JPG?size=2#top', mimeType: 'image/jpeg' } },
            { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } },
            { fileData: { fileUri: 'gs://yard/track.webp', mimeType: 'image/webp' } },
          ),
        ],
        generationConfig: {},
      }),
      reply: {
        ...chatReply,
        warnings: ['The detail of an image is not supported by this provider and was left out.'],
      },
    },
  ],
  audioInput: [
    {
      name: 'recordings, which are counted apart',
      call: {
        providerModel: 'gemini-2.5-flash',
        request: { messages: [{ role: 'user', content: [question, recording, song] }] },
      },
      sent: sentTo('gemini-2.5-flash:generateContent', {
        contents: [
          user(
            { text: 'What is this?' },
            { inlineData: { mimeType: 'audio/wav', data: 'UklGRg==' } },
            { inlineData: { mimeType: 'audio/mp3', data: 'SUQz' } },
          ),
        ],
        generationConfig: {},
      }),
      answer: { body: wire('chat-audio.json') },
      reply: {
        ...chatReply,
        content: 'A train whistles.',
        usage: { promptTokens: 165, completionTokens: 5, totalTokens: 170, audioPromptTokens: 160 },
      },
    },
  ],
  fileInput: [
    {
      ...plainChat,
      name: 'a document',
      call: { providerModel: 'gemini-2.5-flash', request: { messages: [{ role: 'user', content: [document] }] } },
      sent: sentTo('gemini-2.5-flash:generateContent', {
        contents: [user({ inlineData: { mimeType: 'application/pdf', data: 'JVBERi0=' } })],
        generationConfig: {},
      }),
    },
  ],
};
