/** A job of the demo and what it is called there. */
export interface DemoTask {
  readonly title: string;
  /** What it is a part of; said when all of it has ended. */
  readonly part: string;
  /** As `POST /v1/jobs` takes it. */
  readonly body: Readonly<Record<string, unknown>>;
}

const TOPICS = ['queues', 'budgets', 'retries', 'streams', 'fallbacks', 'webhooks'];

/** One of each, and a small batch that stands behind them. No model is named: the gateway chooses. */
export const DEMO_TASKS: readonly DemoTask[] = [
  {
    title: 'generation',
    part: 'generation',
    body: {
      type: 'generation',
      request: { prompt: 'Say in two sentences what a queue in front of AI models is good for.' },
    },
  },
  {
    title: 'embedding',
    part: 'embedding',
    body: { type: 'embedding', request: { input: ['a queue in front of models', 'people who wait in a line'] } },
  },
  ...TOPICS.map((topic, index) => ({
    title: `batch ${index + 1}/${TOPICS.length}`,
    part: `batch of ${TOPICS.length}`,
    body: { type: 'generation', priority: 9, request: { prompt: `Write one line about ${topic}.`, maxTokens: 60 } },
  })),
];
