import { cutAfter, eventStream, PATIENT, startFaultServer } from '@switchyard/provider-kit/testing';
import { createProvider } from './adapter.js';
import { readEmbeddings } from './embeddings.js';
import { readGenerateReply } from './generate-reply.js';
import { readUsage } from './read-usage.js';

describe('why a model stopped', () => {
  it.each([
    ['STOP', 'stop', 0],
    ['MAX_TOKENS', 'length', 0],
    ['CONTINUATION', 'length', 0],
    ['SAFETY', 'content_filter', 0],
    ['RECITATION', 'content_filter', 0],
    ['BLOCKLIST', 'content_filter', 0],
    ['PROHIBITED_CONTENT', 'content_filter', 0],
    ['SPII', 'content_filter', 0],
    ['OTHER', 'stop', 1],
    ['UNEXPECTED_TOOL_CALL', 'stop', 1],
    ['constructor', 'stop', 1],
  ])('%s: %s', (finishReason, expected, warnings) => {
    const reply = readGenerateReply({ candidates: [{ finishReason }] }, []);
    expect(reply).toMatchObject({ content: '', finishReason: expected, rawFinishReason: finishReason });
    expect(reply.warnings).toHaveLength(warnings);
  });

  it.each([
    [{}],
    [{ candidates: [] }],
    [{ candidates: [{}] }],
    [{ candidates: ['text'] }],
    [{ candidates: [{ content: { parts: 'text' } }] }],
    [{ candidates: [{ content: { parts: [{ functionCall: {} }] } }] }],
    [{ promptFeedback: { blockReason: 7 } }],
  ])('%j is no answer', (raw) => {
    expect(() => readGenerateReply(raw, [])).toThrow(expect.objectContaining({ code: 'bad_response' }));
  });

  it('is the filter where the model had begun', () => {
    const raw = { candidates: [{ content: { parts: [{ text: 'Once' }] }, finishReason: 'SAFETY' }] };
    expect(readGenerateReply(raw, [])).toMatchObject({ content: 'Once', finishReason: 'content_filter' });
  });
});

describe('what was counted', () => {
  it('has thoughts in the answer and results of the vendor’s tools in the prompt', () => {
    expect(
      readUsage({
        promptTokenCount: 10,
        toolUsePromptTokenCount: 5,
        candidatesTokenCount: 3,
        thoughtsTokenCount: 4,
        totalTokenCount: 22,
        cachedContentTokenCount: 8,
        promptTokensDetails: [
          { modality: 'AUDIO', tokenCount: 2 },
          { modality: 'AUDIO', tokenCount: 1 },
        ],
      }),
    ).toEqual({
      promptTokens: 15,
      completionTokens: 7,
      totalTokens: 22,
      cachedPromptTokens: 8,
      audioPromptTokens: 3,
      reasoningTokens: 4,
    });
  });

  it.each([
    [{ trafficType: 'ON_DEMAND' }],
    [{ promptTokenCount: 5, thoughtsTokenCount: -1, candidatesTokenCount: 9 }],
    [{ promptTokenCount: 5, candidatesTokenCount: 1.5 }],
    [{ promptTokenCount: 5, candidatesTokenCount: null }],
  ])('%j is no count', (metadata) => {
    expect(readUsage(metadata)).toBeUndefined();
  });
});

describe('embeddings', () => {
  it.each([
    [{ predictions: [] }],
    [{ predictions: [{ values: [1] }] }],
    [{ predictions: [{ embeddings: { values: ['1'] } }] }],
    [{ embedding: { values: [] } }],
    [{ embedding: [1] }],
  ])('are not in %j', (raw) => {
    expect(() => readEmbeddings(raw, 1, [])).toThrow(expect.objectContaining({ code: 'bad_response' }));
  });

  it('have no usage where one of them is not counted', () => {
    const counted = { embeddings: { values: [1], statistics: { token_count: 3, truncated: false } } };
    const uncounted = { embeddings: { values: [1] } };
    expect(readEmbeddings({ predictions: [counted, uncounted] }, 2, []).usage).toBeUndefined();
  });
});

describe('a stream', () => {
  it('that is cut off behind the reason of its end is whole', async () => {
    const server = await startFaultServer();
    const provider = createProvider({
      name: 'main',
      kind: 'vertex',
      baseURL: server.url,
      concurrency: 1,
      local: false,
      timeouts: PATIENT,
      options: { project: 'yard-1' },
    });
    const chunk = { candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }] };
    const body = `data: ${JSON.stringify(chunk)}\r\n\r\n`;
    server.play(cutAfter(eventStream(body), body.length));
    const parts = [];
    const call = { providerModel: 'gemini-2.5-flash', request: { prompt: 'Hi' } };
    for await (const part of provider.stream?.(call, { signal: new AbortController().signal }) ?? []) parts.push(part);
    expect(parts).toMatchObject([
      { type: 'text-delta', text: 'Hi' },
      { type: 'end', reply: { content: 'Hi', finishReason: 'stop' } },
    ]);
    await provider.close();
    await server.close();
  });
});
