import { type ContentPart, type Message } from '@switchyard/contract';
import { toMessages } from './messages.js';

function userSays(...content: ContentPart[]): { messages: Message[] } {
  return { messages: [{ role: 'user', content }] };
}

describe('what Ollama cannot take', () => {
  it.each([
    [
      'an image by address',
      userSays({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }),
      'data:image/png;base64,',
    ],
    [
      'an image that is not base64',
      userSays({ type: 'image_url', image_url: { url: 'data:image/svg+xml,<svg/>' } }),
      'by content only',
    ],
    ['audio', userSays({ type: 'audio', audio: { data: 'UklGRg==', format: 'wav' } }), 'no parts of the type audio'],
    [
      'a document',
      userSays({ type: 'file', file: { data: 'JVBERi0=', mimeType: 'application/pdf' } }),
      'no parts of the type file',
    ],
    [
      'arguments that are no object',
      {
        messages: [
          { role: 'assistant', content: null, toolCalls: [{ id: 'a', name: 'b', arguments: '[1]' }] },
        ] as Message[],
      },
      'no JSON object',
    ],
  ])('is refused before anything is sent: %s', (_what, request, message) => {
    expect(() => toMessages(request)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        reachedVendor: false,
        message: expect.stringContaining(message) as unknown,
      }),
    );
  });

  it('takes a call without arguments, and an answer to one that it does not know', () => {
    const messages: Message[] = [
      { role: 'assistant', content: 'Wait.', toolCalls: [{ id: 'a', name: 'look', arguments: '' }] },
      { role: 'tool', content: 'seen', toolCallId: 'b' },
    ];
    expect(toMessages({ messages })).toEqual([
      { role: 'assistant', content: 'Wait.', tool_calls: [{ function: { name: 'look', arguments: {} } }] },
      { role: 'tool', content: 'seen' },
    ]);
  });
});
