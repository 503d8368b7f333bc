import { type ModelRequest, type ProviderKind } from '@switchyard/contract';

/** A request in the vendor's words, and what of it the vendor cannot take, in words for the user. */
export interface Translated<Body> {
  readonly body: Body;
  readonly warnings: readonly string[];
}

/** Fields that are for us: they have had their effect, or choose the options below. */
const NOT_FOR_VENDORS: readonly (keyof ModelRequest)[] = ['overflow', 'providerOptions', 'language'];

/** A warning for each field of the request that this kind of call has no place for. */
export function warnOfUnused(request: ModelRequest, used: readonly (keyof ModelRequest)[]): string[] {
  const known: readonly string[] = [...used, ...NOT_FOR_VENDORS];
  return Object.entries(request)
    .filter(([name, value]) => value !== undefined && !known.includes(name))
    .map(([name]) => `${name} is not supported by this provider and was left out.`);
}

/**
 * The request's `providerOptions` for this kind of provider, without those that the gateway answers for: the model, the
 * content, the cap and the shape of the answer were chosen, checked and paid for by what it set itself.
 * @param refused options that this vendor is known to refuse; they are left out too.
 */
export function ownOptions(
  request: ModelRequest,
  kind: ProviderKind,
  guarded: readonly string[],
  refused: readonly string[] = [],
): { readonly options: Readonly<Record<string, unknown>>; readonly warnings: readonly string[] } {
  const given = Object.entries(request.providerOptions?.[kind] ?? {});
  const faultOf = (name: string): string | undefined => {
    if (guarded.includes(name)) return 'is set by the gateway';
    return refused.includes(name) ? 'is not supported by this provider' : undefined;
  };
  return {
    options: Object.fromEntries(given.filter(([name]) => faultOf(name) === undefined)),
    warnings: given.flatMap(([name]) => {
      const fault = faultOf(name);
      return fault === undefined ? [] : [`providerOptions.${kind}.${name} ${fault} and was left out.`];
    }),
  };
}

/** The same object without its undefined fields: a vendor's type that allows no undefined then takes it. */
export function defined<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
