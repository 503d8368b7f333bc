import { type ProviderSubject } from './fixtures.js';
import { collect, type Operation } from './harness.js';

/** Every way in which this adapter asks its vendor for something, each with a call of its fixtures. */
export function operationsOf({ capabilities }: ProviderSubject): readonly Operation[] {
  const { generate, stream, embed, image, listModels } = capabilities;
  const operations: Operation[] = [];
  if (generate !== 'unsupported') {
    const [{ call, answer }] = generate.exchanges;
    operations.push({ name: 'generate', answer, run: async (provider, context) => provider.generate?.(call, context) });
  }
  if (stream !== 'unsupported') {
    const [{ call, answer }] = stream.exchanges;
    operations.push({ name: 'stream', answer, run: (provider, context) => collect(provider.stream?.(call, context)) });
  }
  if (embed !== 'unsupported') {
    const [{ call, answer }] = embed;
    operations.push({ name: 'embed', answer, run: async (provider, context) => provider.embed?.(call, context) });
  }
  if (image !== 'unsupported') {
    const [{ call, answer }] = image;
    operations.push({ name: 'image', answer, run: async (provider, context) => provider.image?.(call, context) });
  }
  operations.push({
    name: 'listModels',
    answer: listModels.answer,
    run: (provider, context) => provider.listModels(context),
  });
  return operations;
}
