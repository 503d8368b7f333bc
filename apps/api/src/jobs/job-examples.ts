/** Bodies of `POST /v1/jobs` that can be sent as they are. */
export const JOB_EXAMPLES = {
  generation: {
    summary: 'A generation, by whatever model is the default',
    value: { type: 'generation', request: { prompt: 'Write a haiku about queues.' } },
  },
  conversation: {
    summary: 'A conversation, with what the answer may cost and take',
    value: {
      type: 'generation',
      request: {
        messages: [
          { role: 'system', content: 'Answer in one sentence.' },
          { role: 'user', content: 'What is a dead letter?' },
        ],
        temperature: 0.2,
        maxTokens: 200,
      },
      priority: 2,
      timeoutSeconds: 60,
      metadata: { team: 'platform' },
    },
  },
  code: {
    summary: 'Code',
    value: { type: 'code', request: { prompt: 'Reverse a linked list.', language: 'python' } },
  },
  embedding: {
    summary: 'Embeddings of several texts',
    value: { type: 'embedding', request: { input: ['a first text', 'a second one'] } },
  },
  image: {
    summary: 'An image',
    value: { type: 'image', request: { prompt: 'A switchyard at night', size: '1024x1024' } },
  },
};
