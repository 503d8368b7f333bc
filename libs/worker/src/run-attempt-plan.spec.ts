import { ProviderError, type Provider } from '@switchyard/contract';
import { job, REPLY, resultOf, TARGET, tools } from './__fixtures__/attempts.js';
import { runAttempt } from './run-attempt.js';

describe('an attempt of a plan', () => {
  describe('at a target of several', () => {
    const TARGETS = [TARGET, { ...TARGET, provider: 'q', model: 'n', providerModel: 'vendor-n', params: {} }];
    const refuse = (code: 'network' | 'model_unavailable'): Partial<Provider> => ({
      generate: () => Promise.reject(new ProviderError(code, 'No.', { status: 404 })),
    });

    it('calls that one, by its own name and defaults', async () => {
      const calls: unknown[] = [];
      const generate: Provider['generate'] = async (call) => {
        calls.push(call);
        return REPLY;
      };
      await runAttempt(job({}, 60_000, TARGETS), tools({ generate }), new AbortController());
      expect(calls).toEqual([{ providerModel: 'vendor-n', request: { prompt: 'Why?' } }]);
    });

    it('goes on, or ends with the causes at all of them', async () => {
      const last = job({}, 60_000, TARGETS);
      const first = await runAttempt({ ...last, target: 0 }, tools(refuse('model_unavailable')), new AbortController());
      expect(first).toMatchObject({ error: { code: 'model_unavailable' }, then: { outcome: 'moved' } });
      const moves = [first.error];
      const end = await runAttempt({ ...last, moves }, tools(refuse('model_unavailable')), new AbortController());
      expect(end).toMatchObject({
        error: { code: 'model_unavailable' },
        jobError: { code: 'all_providers_failed', message: expect.stringMatching(/p \(m\): .* q \(n\): /) },
        then: { outcome: 'failed' },
      });
    });
  });

  it('sends what a vendor refused once more without the parameter that it named, and says so', async () => {
    const requests: unknown[] = [];
    const generate: Provider['generate'] = async ({ request }) => {
      requests.push(request);
      if (request.temperature === undefined) return REPLY;
      const parameter = { name: 'temperature' };
      throw new ProviderError('invalid_request', 'No temperature.', { status: 400, parameter });
    };
    const refused = await runAttempt(job(), tools({ generate }), new AbortController());
    const then = { outcome: null, parkMs: 0, countsAs: 'nothing', mend: { parameter: 'temperature' } };
    expect(refused).toMatchObject({ state: 'failed', cost: 0n, error: { code: 'invalid_request' }, then });
    const mended = await runAttempt({ ...job(), mend: then.mend }, tools({ generate }), new AbortController());
    expect(resultOf(mended)).toMatchObject({
      metadata: { warnings: ['temperature was left out: the provider refused it.'] },
    });
    expect(requests).toEqual([
      { prompt: 'Why?', temperature: 0.3, maxTokens: 9 },
      { prompt: 'Why?', maxTokens: 9 },
    ]);
    const stubborn: Provider['generate'] = () =>
      Promise.reject(new ProviderError('invalid_request', 'No.', { parameter: { name: 'max_tokens', most: 1 } }));
    const again = await runAttempt({ ...job(), mend: then.mend }, tools({ generate: stubborn }), new AbortController());
    expect(again.then).toEqual({ outcome: 'failed' });
  });
});
