import {
  type Provider,
  type ProviderDescription,
  type ProviderKind,
  type ProviderSettings,
} from '@switchyard/contract';

/** One kind of provider: what it can do, and how one is made from its block of the configuration. */
export interface ProviderRegistration {
  readonly description: ProviderDescription;
  /** @throws Error that names the setting at fault and its mend. */
  create(settings: ProviderSettings): Provider | Promise<Provider>;
}

export interface ProviderFactory {
  listSupported(): readonly ProviderDescription[];
  /** @throws Error for a kind that is not registered, and whatever the registration throws. */
  create(settings: ProviderSettings): Provider | Promise<Provider>;
}

/** @throws Error when a kind is registered twice. */
export function createProviderFactory(registrations: readonly ProviderRegistration[]): ProviderFactory {
  const byKind = new Map<ProviderKind, ProviderRegistration>();
  for (const registration of registrations) {
    const { kind } = registration.description;
    if (byKind.has(kind)) throw new Error(`Providers of kind "${kind}" are registered twice; remove one registration.`);
    byKind.set(kind, registration);
  }
  return {
    listSupported: () => [...byKind.values()].map(({ description }) => description),
    create(settings) {
      const registration = byKind.get(settings.kind);
      if (registration) return registration.create(settings);
      const supported = [...byKind.keys()].join(', ');
      throw new Error(
        `providers.${settings.name}.kind is "${settings.kind}", which is not served here; set it to one of: ${supported}.`,
      );
    },
  };
}
