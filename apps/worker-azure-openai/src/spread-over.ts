import { type AuthStatus, type ListedModel, type Provider, type ProviderAuth } from '@switchyard/contract';
import { nextTurn, type TurnTaker } from '@switchyard/provider-kit';
import { type OpenAiProvider } from '@switchyard/provider-kit/openai';

/** One deployment, and how often its turn is among others. */
export interface Target extends TurnTaker {
  readonly name?: string;
  readonly provider: OpenAiProvider;
}

/**
 * Several deployments as one provider. Each call goes to the next by weight: of those that bear its model's name, or of
 * all where none does.
 */
export function spreadOver(targets: readonly [Target, ...Target[]]): Provider {
  const [{ provider: only }, ...others] = targets;
  if (others.length === 0) return only;
  const providers = [only, ...others.map(({ provider }) => provider)] as const;
  const nextFor = (model: string): OpenAiProvider => {
    const named = targets.filter(({ name }) => name === model);
    return nextTurn(named.length > 0 ? named : targets).provider;
  };

  async function listModels(context: Parameters<Provider['listModels']>[0]): Promise<readonly ListedModel[]> {
    const lists = await Promise.all(providers.map((provider) => provider.listModels(context)));
    return [...new Map(lists.flat().map((model) => [model.id, model])).values()];
  }

  return {
    auth: joinAuth(only.auth, ...others.map(({ provider }) => provider.auth)),
    generate: (call, context) => nextFor(call.providerModel).generate(call, context),
    stream: (call, context) => nextFor(call.providerModel).stream(call, context),
    embed: (call, context) => nextFor(call.providerModel).embed(call, context),
    image: (call, context) => nextFor(call.providerModel).image(call, context),
    async isAvailable(context) {
      const [first, ...rest] = await Promise.all([
        only.isAvailable(context),
        ...others.map(({ provider }) => provider.isAvailable(context)),
      ]);
      return rest.find(({ available }) => available && !first.available) ?? first;
    },
    async getModelInfo(model, context) {
      const found = await Promise.all(providers.map((provider) => provider.getModelInfo(model, context)));
      return found.find((info) => info !== undefined);
    },
    listModels,
    async close() {
      await Promise.all(providers.map((provider) => provider.close()));
    },
  };
}

/** The worst word on them comes first. */
const STATUSES: readonly AuthStatus['status'][] = ['invalid', 'unknown', 'valid'];

/** Several credentials as one: as bad as the worst of them. One that several deployments share counts once. */
function joinAuth(first: ProviderAuth, ...others: readonly ProviderAuth[]): ProviderAuth {
  const further = [...new Set(others)].filter((auth) => auth !== first);
  return {
    status: () =>
      further
        .map((auth) => auth.status())
        .reduce(
          (worst, one) => (STATUSES.indexOf(one.status) < STATUSES.indexOf(worst.status) ? one : worst),
          first.status(),
        ),
    async validate(signal) {
      const [report] = await Promise.all([first.validate(signal), ...further.map((auth) => auth.validate(signal))]);
      return report;
    },
  };
}
