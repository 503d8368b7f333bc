import { writePrice } from '@switchyard/budget';
import { nanoUsd, ProviderError, type GenerateReply, type Provider } from '@switchyard/contract';
import type { JobPayload, PlannedTarget, Settlement } from '@switchyard/jobs';
import { job, PRICE, REPLY, resultOf, TARGET, tools, USAGE } from './__fixtures__/attempts.js';
import { CanceledByClient } from './abort-reasons.js';
import { runAttempt } from './run-attempt.js';

/** Answers never, and rejects when it is aborted, as adapters do. */
const connecting: Partial<Provider> = {
  generate: (_, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
};

/** The same, once it has sent its request. */
const hanging: Partial<Provider> = {
  generate: async (call, context) => {
    context.onSent?.();
    return await (connecting.generate?.(call, context) ?? Promise.reject(new Error('It has no method.')));
  },
};

describe('runAttempt', () => {
  it('tells the vendor which attempt of which job a call is, beside the headers of the job', async () => {
    let headers: unknown;
    const generate: Provider['generate'] = async (_, context) => {
      headers = context.headers;
      return REPLY;
    };
    const again = { ...job({ simulate: 'latency=5' }, 60_000, [{ ...TARGET, simulates: true }]), attempt: 3 };
    await runAttempt(again, tools({ generate }), new AbortController());
    expect(headers).toEqual({ 'x-simulate': 'latency=5', 'x-switchyard-attempt': `${again.id}/3` });
  });

  it("calls the vendor's model with the model's defaults under the request, and counts the cost", async () => {
    const calls: unknown[] = [];
    const generate: Provider['generate'] = async (call) => {
      calls.push(call);
      return REPLY;
    };
    const settlement = await runAttempt(
      job({ request: { prompt: 'Why?', maxTokens: 7 } }),
      tools({ generate }),
      new AbortController(),
    );
    expect(calls).toEqual([{ providerModel: 'vendor-m', request: { prompt: 'Why?', maxTokens: 7, temperature: 0.3 } }]);
    expect(settlement).toMatchObject({
      state: 'succeeded',
      call: 'answered',
      cost: 20_000n,
      estimated: false,
      usage: USAGE,
    });
    expect(resultOf(settlement)).toMatchObject({
      content: 'an answer',
      model: 'm',
      usage: USAGE,
      finishReason: 'stop',
    });
  });

  it('counts itself, and says so, where the vendor reports no usage', async () => {
    const { usage: _, ...reply } = REPLY;
    const settlement = await runAttempt(job(), tools({ generate: async () => reply }), new AbortController());
    expect(settlement).toMatchObject({ estimated: true, usage: { estimated: true, completionTokens: 3 } });
    expect(settlement.cost).toBeGreaterThan(0n);
    const toolCalls = [{ id: 'c', name: 'look', arguments: '{"for": "a text of some length"}' }];
    const called = async (): Promise<GenerateReply> => ({ ...reply, content: '', toolCalls });
    expect(await runAttempt(job(), tools({ generate: called }), new AbortController())).toMatchObject({
      usage: { estimated: true, completionTokens: 9 },
    });
  });

  it('takes a reported zero for zero', async () => {
    const usage = { promptTokens: 0, completionTokens: 0, totalTokens: 0 };
    const settlement = await runAttempt(
      job(),
      tools({ generate: async () => ({ ...REPLY, usage }) }),
      new AbortController(),
    );
    expect(settlement).toMatchObject({ cost: 0n, estimated: false });
  });

  it('shapes embeddings and refuses those of different lengths', async () => {
    const embed = async (vectors: number[][]): Promise<Settlement> =>
      await runAttempt(
        job({ type: 'embedding', request: { input: ['a', 'b'] } }),
        tools({ embed: async () => ({ embeddings: vectors, usage: USAGE, warnings: ['w'], raw: null }) }),
        new AbortController(),
      );
    expect(
      resultOf(
        await embed([
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toMatchObject({ dimensions: 2, metadata: { warnings: ['w'] } });
    expect(await embed([[1, 2], [3]])).toMatchObject({ state: 'failed', error: { code: 'bad_response' } });
  });

  describe('images that came as bytes', () => {
    const png = Buffer.from('a picture');
    const image: Provider['image'] = async () => ({
      images: [{ base64: png.toString('base64'), mimeType: 'image/png' }],
      warnings: [],
      raw: undefined,
    });
    const make = (request: JobPayload['request'], params: PlannedTarget['params'] = {}, maxResultBytes?: number) => {
      const wanted = job({ type: 'image', request }, 60_000, [{ ...TARGET, params }]);
      return runAttempt(wanted, tools({ image }, maxResultBytes), new AbortController());
    };

    it.each([
      ['by default', { prompt: 'x' }, {}],
      ['where an address was asked for', { prompt: 'x', responseFormat: 'url' }, {}],
      ['whatever the model says', { prompt: 'x', responseFormat: 'url' }, { responseFormat: 'base64' }],
    ] as const)('become files %s', async (_when, request, params) => {
      const { then } = await make(request, params);
      if (then.outcome !== 'succeeded') throw new Error('It did not succeed.');
      const [file] = then.result.files;
      expect(file).toMatchObject({ purpose: 'image_output', mimeType: 'image/png', content: png });
      expect(JSON.parse(then.result.body)).toMatchObject({
        images: [{ url: `/v1/files/${file?.id}/content`, mimeType: 'image/png' }],
      });
      expect(then.result.body).not.toContain(png.toString('base64'));
    });

    it.each([
      ['the request', { prompt: 'x', responseFormat: 'base64' }, {}],
      ['the model', { prompt: 'x' }, { responseFormat: 'base64' }],
    ] as const)('stay in the result where %s asks for it', async (_who, request, params) => {
      const { then } = await make(request, params);
      if (then.outcome !== 'succeeded') throw new Error('It did not succeed.');
      expect(then.result.files).toEqual([]);
      expect(JSON.parse(then.result.body)).toMatchObject({
        images: [{ base64: png.toString('base64'), mimeType: 'image/png' }],
      });
    });

    it('count towards the size of a result', async () => {
      const settlement = await make({ prompt: 'x' }, {}, 100);
      expect(settlement).toMatchObject({ state: 'failed', error: { code: 'response_too_large' } });
    });

    it('are kept without a type that no header could carry', async () => {
      const settlement = await runAttempt(
        job({ type: 'image', request: { prompt: 'x' } }),
        tools({
          image: async () => ({ images: [{ base64: 'AA==', mimeType: 'a\r\nb: c' }], warnings: [], raw: null }),
        }),
        new AbortController(),
      );
      expect(settlement.then).toMatchObject({ result: { files: [{ mimeType: 'application/octet-stream' }] } });
    });
  });

  it('tells what the gate did to the request beside what the adapter warns of', async () => {
    const embed: Provider['embed'] = async () => ({ embeddings: [[1]], warnings: ['adapter'], raw: null });
    const metadata = { overflow: 'trim_end', trimmedTokens: 9 };
    const target = { ...TARGET, warnings: ['gate'] };
    const trimmed = job({ type: 'embedding', request: { input: 'x' }, metadata }, 60_000, [target]);
    expect(resultOf(await runAttempt(trimmed, tools({ embed }), new AbortController()))).toMatchObject({
      metadata: { overflow: 'trim_end', trimmedTokens: 9, warnings: ['gate', 'adapter'] },
    });
  });

  it('counts images that were made', async () => {
    const image: Provider['image'] = async () => ({
      images: [{ url: 'u', mimeType: 'image/png' }],
      warnings: [],
      raw: null,
    });
    const settlement = await runAttempt(
      job({ type: 'image', request: { prompt: 'x' } }),
      tools({ image }),
      new AbortController(),
    );
    expect(settlement).toMatchObject({ state: 'succeeded', cost: 40_000_000n, usage: { images: 1 } });
    // Where they are paid by tokens, and the vendor tells of none.
    const price = writePrice({ ...PRICE, perImage: {} });
    const byTokens = { ...job({ type: 'image', request: { prompt: 'x' } }), price };
    expect(await runAttempt(byTokens, tools({ image }), new AbortController())).toMatchObject({
      estimated: true,
      usage: { images: 1, completionTokens: 6_208, estimated: true },
      cost: 12_421_000n,
    });
  });

  it('pays for an image of the size and quality that the model says where the request does not', async () => {
    const image: Provider['image'] = async () => ({
      images: [{ url: 'u', mimeType: 'image/png' }],
      warnings: [],
      raw: null,
    });
    const price = { ...PRICE, perImage: { ...PRICE.perImage, '1792x1024/hd': nanoUsd(120_000_000n) } };
    const targets = [{ ...TARGET, params: { size: '1792x1024', quality: 'hd' } }];
    const cost = async (request: JobPayload['request']): Promise<unknown> => {
      const claimed = { ...job({ type: 'image', request }, 60_000, targets), price: writePrice(price) };
      return (await runAttempt(claimed, tools({ image }), new AbortController())).cost;
    };
    expect(await cost({ prompt: 'x' })).toBe(120_000_000n);
    expect(await cost({ prompt: 'x', width: 1_024, height: 1_024 })).toBe(40_000_000n);
  });

  it('fails a job whose provider lacks the capability, and one whose payload is damaged', async () => {
    expect(await runAttempt(job(), tools({}), new AbortController())).toMatchObject({
      call: 'unsent',
      cost: 0n,
      error: { code: 'model_unavailable' },
      then: { outcome: 'failed' },
    });
    const damaged = { ...job(), payload: '{"version":9}' };
    expect(await runAttempt(damaged, tools({}), new AbortController())).toMatchObject({
      call: 'unsent',
      error: { code: 'unreadable_payload' },
      then: { outcome: 'failed' },
    });
    const unpriced = { ...job(), price: { inputPerMillion: 'dear' } };
    expect(await runAttempt(unpriced, tools({ generate: async () => REPLY }), new AbortController())).toMatchObject({
      call: 'unsent',
      error: { code: 'unreadable_payload', message: 'The stored price is damaged. Submit it again.' },
    });
  });

  it('fails a job whose plan is damaged, or has no such target', async () => {
    for (const wrong of [{ plan: null }, { plan: { targets: [], fallbackOn: 'any' } }, { target: 1 }]) {
      expect(await runAttempt({ ...job(), ...wrong }, tools({}), new AbortController())).toMatchObject({
        call: 'unsent',
        error: { code: 'unreadable_payload' },
        then: { outcome: 'failed' },
      });
    }
  });

  it('pays for a result that is too large, and fails it', async () => {
    const settlement = await runAttempt(job(), tools({ generate: async () => REPLY }, 10), new AbortController());
    expect(settlement).toMatchObject({ state: 'failed', cost: 20_000n, error: { code: 'response_too_large' } });
  });

  it('charges a canceled call for what was sent', async () => {
    const abort = new AbortController();
    const running = runAttempt(job(), tools(hanging), abort);
    abort.abort(new CanceledByClient());
    const settlement = await running;
    expect(settlement).toMatchObject({ state: 'canceled', estimated: true, then: { outcome: 'canceled' } });
    expect(settlement.cost).toBeGreaterThan(0n);
  });

  it('charges nothing for a call that was cut off before it was sent', async () => {
    const abort = new AbortController();
    const canceled = runAttempt(job(), tools(connecting), abort);
    abort.abort(new CanceledByClient());
    expect(await canceled).toMatchObject({ state: 'canceled', call: 'unsent', cost: 0n, estimated: false });
    const late = await runAttempt(job({}, 5), tools(connecting), new AbortController());
    expect(late).toMatchObject({ state: 'failed', call: 'unsent', cost: 0n, estimated: false });
  });

  it('charges what was reserved, and says so, where the connection breaks off after the request', async () => {
    const generate: Provider['generate'] = async (_, { onSent }) => {
      onSent?.();
      return await Promise.reject(new ProviderError('network', 'reset'));
    };
    const settlement = await runAttempt(job(), tools({ generate }), new AbortController());
    expect(settlement).toMatchObject({
      state: 'unknown',
      call: 'unknown',
      cost: null,
      estimated: true,
      error: { code: 'network' },
      then: { outcome: null, countsAs: 'try' },
    });
    expect(settlement.usage).toBeUndefined();
  });

  it('ends at its deadline, with the text that was given for that case where there is one', async () => {
    expect(await runAttempt(job({}, 5), tools(hanging), new AbortController())).toMatchObject({
      state: 'unknown',
      cost: null,
      estimated: true,
      error: { type: 'timeout_error' },
      then: { outcome: 'failed' },
    });
    const substitute = { submission: { onTimeout: { content: 'later' } } };
    const settlement = await runAttempt(job(substitute, 5), tools(hanging), new AbortController());
    expect(resultOf(settlement)).toMatchObject({ content: 'later', metadata: { timedOut: true } });
  });

  it('costs nothing when the vendor refuses', async () => {
    const generate: Provider['generate'] = () =>
      Promise.reject(new ProviderError('overloaded', 'busy', { status: 503 }));
    const settlement = await runAttempt(job(), tools({ generate }), new AbortController());
    expect(settlement).toMatchObject({
      state: 'failed',
      call: 'answered',
      cost: 0n,
      estimated: false,
      then: { outcome: null, countsAs: 'try' },
    });
  });
});
