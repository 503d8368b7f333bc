/// <reference types="jest" />
import { type CallContext, type Provider } from '@switchyard/contract';
import { type Exchange, type ProviderSubject, type UsageVariant } from '../fixtures.js';
import { calm, expectSent, type Harness } from '../harness.js';
import { answer, answerInSlices } from '../scripts.js';

type Ask<Reply> = (provider: Provider, fixture: Exchange<Reply>, context: CallContext) => Promise<Reply> | undefined;

/** What is sent and what comes back, for each exchange that the adapter's fixtures know. */
export function describeReplies({ capabilities }: ProviderSubject, harness: Harness): void {
  const { generate, tools, json, imageInput, audioInput, fileInput, code, embed, image } = capabilities;

  function describeExchanges<Reply extends { readonly raw: unknown }>(
    name: string,
    exchanges: readonly Exchange<Reply>[],
    ask: Ask<Reply>,
  ): void {
    describe(name, () => {
      it.each(exchanges.map((fixture) => [fixture.name, fixture] as const))('%s', async (_name, fixture) => {
        harness.server().play(answer(fixture.answer));
        const reply = await ask(harness.provider(), fixture, calm());
        expect(reply).toEqual({ ...fixture.reply, raw: JSON.parse(Buffer.from(fixture.answer.body).toString()) });
        expectSent(await harness.server().nextRequest(), fixture.sent);
      });

      it('comes the same one byte at a time', async () => {
        for (const fixture of exchanges) {
          harness.server().play(answerInSlices(fixture.answer, 1));
          expect(await ask(harness.provider(), fixture, calm())).toMatchObject(fixture.reply);
        }
      });
    });
  }

  const askGenerate: Ask<NonNullable<Awaited<ReturnType<NonNullable<Provider['generate']>>>>> = (
    provider,
    fixture,
    context,
  ) => provider.generate?.(fixture.call, context);

  if (generate !== 'unsupported') {
    describeExchanges('generate', generate.exchanges, askGenerate);
    describeUsage('generate', (variant) => {
      harness.server().play(answer(generate.withUsage(variant)));
      return harness.provider().generate?.(generate.exchanges[0].call, calm());
    });
  }
  if (tools !== 'unsupported') describeExchanges('tools', tools.generate, askGenerate);
  if (json !== 'unsupported') describeExchanges('json', json, askGenerate);
  if (imageInput !== 'unsupported') describeExchanges('image input', imageInput, askGenerate);
  if (audioInput !== 'unsupported') describeExchanges('audio input', audioInput, askGenerate);
  if (fileInput !== 'unsupported') describeExchanges('file input', fileInput, askGenerate);
  if (code !== 'unsupported') describeExchanges('code', code, askGenerate);
  if (embed !== 'unsupported') {
    describeExchanges('embed', embed, (provider, fixture, context) => provider.embed?.(fixture.call, context));
  }
  if (image !== 'unsupported') {
    describeExchanges('image', image, (provider, fixture, context) => provider.image?.(fixture.call, context));
  }
}

/** Zero is zero; what is no sensible count is absent, and never negative. */
export function describeUsage(
  name: string,
  ask: (variant: UsageVariant) => Promise<{ readonly usage?: unknown } | undefined> | undefined,
): void {
  describe(`usage of ${name}`, () => {
    it.each(['missing', 'negative', 'text'] as const)('%s: absent', async (variant) => {
      const reply = await ask(variant);
      expect(reply).toBeDefined();
      expect(reply?.usage).toBeUndefined();
    });

    it('zero: zero', async () => {
      expect((await ask('zero'))?.usage).toMatchObject({ promptTokens: 0, completionTokens: 0, totalTokens: 0 });
    });
  });
}

/** The models of a vendor, and whether it is there. */
export function describeModels({ capabilities }: ProviderSubject, harness: Harness): void {
  const { listModels, getModelInfo } = capabilities;

  it('lists models', async () => {
    harness.server().play(answer(listModels.answer));
    expect(await harness.provider().listModels(calm())).toEqual(listModels.models);
    expectSent(await harness.server().nextRequest(), listModels.sent);
  });

  it('finds a model', async () => {
    harness.server().play(answer(getModelInfo.found));
    expect(await harness.provider().getModelInfo(getModelInfo.model, calm())).toMatchObject({ id: getModelInfo.model });
    expectSent(await harness.server().nextRequest(), getModelInfo.sent);
  });

  it('does not find one that the vendor does not have', async () => {
    harness.server().play(...getModelInfo.missing.map((wire) => answer(wire)));
    expect(await harness.provider().getModelInfo(getModelInfo.model, calm())).toBeUndefined();
  });

  it('is available when it answers', async () => {
    harness.server().play(answer(listModels.answer));
    expect(await harness.provider().isAvailable(calm())).toEqual({ available: true });
  });
}
