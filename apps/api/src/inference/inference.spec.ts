import type { EmbeddingResult, ErrorBody } from '@switchyard/contract';
import type { ClaimedJob } from '@switchyard/jobs';
import type { Answer } from '../__fixtures__/call-api.js';
import { CONFIGURATION, KEYS } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

const ROUTE = '/api/v1/model/inference';
const OURS = `
  - id: ours
    provider: sim
    capabilities: [embedding]
    contextWindow: 512
    price: { inputPerMillion: "0.1" }
    modelType: transformer
`;
const WITH_OURS = CONFIGURATION.replace('\naliases:', `${OURS}customModel: ours\naliases:`);

function vectors(list: readonly (readonly number[])[], warnings: readonly string[] = []): EmbeddingResult {
  return {
    embeddings: list,
    dimensions: 2,
    usage: { promptTokens: 4, completionTokens: 0, totalTokens: 4 },
    metadata: { ...(warnings.length > 0 && { warnings }) },
  };
}

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({ configuration: WITH_OURS });
}, 60_000);
afterAll(() => api.close());

const infer = (json: object | null, headers: Record<string, string> = {}): Promise<Answer> =>
  api.ask(ROUTE, { method: 'POST', ...(json && { json }), headers });

/** The job that a request has made, once a worker has it. */
async function claim(): Promise<ClaimedJob> {
  for (;;) {
    const [job] = await api.worker.claim(1);
    if (job) return job;
  }
}

function requestOf(job: ClaimedJob): unknown {
  return (JSON.parse(job.payload) as { request: unknown }).request;
}

describe('POST /api/v1/model/inference', () => {
  it('embeds a text by the custom model, and says what it is', async () => {
    const asked = infer({ text: 'A yard.' });
    const job = await claim();
    expect([job.model, requestOf(job)]).toEqual(['ours', { input: 'A yard.' }]);
    await api.worker.succeed(job, vectors([[0.5, -1]], ['input[0] was cut – badly']));
    const { status, body, headers } = await asked;
    expect([status, body]).toEqual([
      200,
      { input_text: 'A yard.', embeddings: [[0.5, -1]], model_type: 'transformer' },
    ]);
    expect(Object.fromEntries(headers)).toMatchObject({
      ...{ 'x-job-id': job.id, 'x-provider': 'sim', 'x-model': 'ours', 'x-cost-usd': '0.00123', 'x-cache': 'miss' },
      'x-warnings': 'input[0] was cut ? badly',
    });
  });

  it('embeds several texts, a vector for each', async () => {
    const asked = infer({ texts: ['one', 'two'] });
    const job = await claim();
    expect(requestOf(job)).toEqual({ input: ['one', 'two'] });
    await api.worker.succeed(
      job,
      vectors([
        [1, 0],
        [0, 1],
      ]),
    );
    expect((await asked).body).toMatchObject({
      input_text: ['one', 'two'],
      embeddings: [
        [1, 0],
        [0, 1],
      ],
    });
  });

  it.each([
    ['no body', null],
    ['an empty body', {}],
    ['an empty text', { text: '' }],
    ['no texts', { texts: [] }],
    ['an empty text among texts', { texts: ['a', ''] }],
  ])('refuses %s with the words of the documentation', async (_what, json) => {
    const { status, body } = await infer(json);
    expect([status, body.error.type, body.error.message]).toEqual([
      422,
      'invalid_request_error',
      'No input text provided',
    ]);
  });

  it.each([
    ['a number', { text: 5 }, 'text', '`text` must be a text.'],
    ['a text for texts', { texts: 'a' }, 'texts', /^`texts` must be a list/],
    ['a number among texts', { texts: [5] }, 'texts', '`texts` must be a list of texts.'],
    [
      'too many texts',
      { texts: Array.from({ length: 2_049 }, () => 'a') },
      'texts',
      '`texts` must be a list of at most 2048 texts.',
    ],
    ['both', { text: 'a', texts: ['b'] }, 'texts', /exclude each other/],
    ['a field that it does not know', { text: 'a', model: 'ours' }, 'model', /leave it out/],
    ['a NUL', { text: 'a\u0000b' }, 'text', /^`text` /],
    ['a NUL among texts', { texts: ['a', 'b\u0000'] }, 'texts[1]', /^`texts\[1\]` /],
  ])('refuses %s', async (_what, json, param, message) => {
    const { status, body } = await infer(json);
    expect([status, body.error.param, body.error.message]).toEqual([
      422,
      param,
      typeof message === 'string' ? message : expect.stringMatching(message),
    ]);
  });

  it('answers 503 while the model is loading at its vendor', async () => {
    const asked = infer({ text: 'a' });
    const error: ErrorBody = {
      type: 'provider_error',
      code: 'overloaded',
      message: 'It is loading.',
      retryable: true,
      retryAfterSeconds: 7,
    };
    await api.worker.fail(await claim(), error);
    const { status, body, headers } = await asked;
    expect([status, body.error.message, headers.get('retry-after')]).toEqual([503, 'Model not initialized', '7']);
  });

  it('answers other failures as what they are', async () => {
    const asked = infer({ text: 'a' });
    const error: ErrorBody = {
      type: 'provider_error',
      code: 'model_unavailable',
      message: 'The folder is gone.',
      retryable: false,
    };
    await api.worker.fail(await claim(), error);
    const { status, body } = await asked;
    expect([status, body.error.type, body.error.code, body.error.message]).toEqual([
      502,
      'provider_error',
      'model_unavailable',
      'The folder is gone.',
    ]);
  });

  it('makes one job of twins under one key, who wait for one answer', async () => {
    const key = { 'idempotency-key': 'twins' };
    const twins = [infer({ text: 'a' }, key), infer({ text: 'a' }, key)];
    await api.worker.succeed(await claim(), vectors([[3, 4]]));
    const answers = await Promise.all(twins);
    expect(answers.map(({ body }) => body.embeddings)).toEqual([[[3, 4]], [[3, 4]]]);
    expect(new Set(answers.map(({ headers }) => headers.get('x-job-id'))).size).toBe(1);
    expect(answers.map(({ headers }) => headers.get('idempotent-replayed')).sort()).toEqual([null, 'true'].sort());
    const other = await infer({ text: 'b' }, key);
    expect([other.status, other.body.error.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('is refused without a key, and to one that may not submit jobs', async () => {
    expect((await api.ask(ROUTE, { json: { text: 'a' }, key: null })).status).toBe(401);
    expect((await api.ask(ROUTE, { json: { text: 'a' }, key: KEYS.scopeless })).status).toBe(403);
  });

  it('takes its job back when its client goes away', async () => {
    const controller = new AbortController();
    const asked = fetch(`${api.address}${ROUTE}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEYS.acme}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'nobody waits' }),
      signal: controller.signal,
    });
    const job = await claim();
    controller.abort();
    await expect(asked).rejects.toThrow();
    await api.worker.cancelWished(job);
    await api.worker.cancel(job);
  });
});

describe('without a custom model', () => {
  it('the default embedding model answers, whose type nobody has said', async () => {
    const plain = await startTestApi({ configuration: CONFIGURATION });
    try {
      const asked = plain.ask(ROUTE, { json: { text: 'A yard.' } });
      let job: ClaimedJob | undefined;
      while (!job) [job] = await plain.worker.claim(1);
      expect(job.model).toBe('embedding');
      await plain.worker.succeed(job, vectors([[1, 2]]));
      expect((await asked).body).toEqual({ input_text: 'A yard.', embeddings: [[1, 2]], model_type: 'unknown' });
    } finally {
      await plain.close();
    }
  }, 60_000);
});
